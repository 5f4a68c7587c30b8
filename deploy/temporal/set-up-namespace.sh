#!/bin/sh
# Makes the namespace of the orders, has it keep histories longer than the return window, and registers what orders are searched by.
# Safe to repeat. Also for a Temporal server of one's own: it needs the command `temporal` and an administrator's rights.
#
# Environment: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE (default), RETENTION (45d), and what `temporal` takes for TLS and keys.
set -eu
: "${TEMPORAL_ADDRESS:?host:port of the Temporal server}"
namespace=${TEMPORAL_NAMESPACE:-default}
retention=${RETENTION:-45d}

if temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$namespace" --retention "$retention"
else
  temporal operator namespace create --namespace "$namespace" --retention "$retention"
fi

# A namespace that was made a moment ago is not known to every part of the server at once.
attempt=1
until known=$(temporal operator search-attribute list --namespace "$namespace"); do
  [ "$attempt" -lt 30 ] || exit 1
  attempt=$((attempt + 1))
  sleep 1
done

search_attribute() {
  if printf '%s\n' "$known" | grep -Eq "^[[:space:]]*$1[[:space:]]+$2[[:space:]]*$"; then return; fi
  # One that is there with another type makes this fail, with the server's own message.
  temporal operator search-attribute create --namespace "$namespace" --name "$1" --type "$2"
}
search_attribute OrderStatus Keyword
search_attribute CustomerId Keyword
search_attribute ShopId Keyword
search_attribute FailureCode Keyword
search_attribute OrderTotal Int
