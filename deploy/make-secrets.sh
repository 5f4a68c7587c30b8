#!/bin/sh
# Prints a .env for docker-compose.yml with new random secrets. Keep the file: PostgreSQL takes the passwords when its volume is made,
# and changing one later takes `alter role`.
#
#   sh deploy/make-secrets.sh > .env
set -eu
umask 077
password() { openssl rand -hex 24; }

cat <<END
API_KEYS=$(password):demo:shop,$(password):*:operator
PAYMENT_WEBHOOK_SECRET=whsec_$(openssl rand -base64 32)
CARRIER_WEBHOOK_SECRET=whsec_$(openssl rand -base64 32)
SERVICE_TOKEN=$(password)
POSTGRES_PASSWORD=$(password)
END
# A database password for Temporal and for each service.
for name in $(grep -o '[A-Z]*_DB_PASSWORD' "$(dirname "$0")/../docker-compose.yml" | sort -u); do
  echo "$name=$(password)"
done
