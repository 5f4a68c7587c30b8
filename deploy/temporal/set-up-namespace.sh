#!/bin/sh
# Creates the namespace, with a retention above the return window, and registers the search attributes of orders. Safe to repeat.
# It works with any Temporal server: it needs the command `temporal` and administrator rights.
#
# Environment: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE (default), RETENTION (45d), and the variables of `temporal` for TLS and keys.
set -eu
: "${TEMPORAL_ADDRESS:?host:port of the Temporal server}"
namespace=${TEMPORAL_NAMESPACE:-default}
retention=${RETENTION:-45d}

if temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$namespace" --retention "$retention"
else
  temporal operator namespace create --namespace "$namespace" --retention "$retention"
fi

# A new namespace takes a moment to reach every part of the server.
attempt=1
until known=$(temporal operator search-attribute list --namespace "$namespace"); do
  [ "$attempt" -lt 30 ] || exit 1
  attempt=$((attempt + 1))
  sleep 1
done

search_attribute() {
  if printf '%s\n' "$known" | grep -Eq "^[[:space:]]*$1[[:space:]]+$2[[:space:]]*$"; then return; fi
  # This fails with the server's message if the attribute exists with another type.
  temporal operator search-attribute create --namespace "$namespace" --name "$1" --type "$2"
}
search_attribute OrderStatus Keyword
search_attribute CustomerId Keyword
search_attribute ShopId Keyword
search_attribute FailureCode Keyword
search_attribute OrderTotal Int
