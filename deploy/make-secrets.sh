#!/bin/sh
# Prints a .env for docker-compose.yml in which every secret is new and random. Keep the file: the passwords of the databases are
# taken when the volume of PostgreSQL is made, and changing them later takes `alter role`.
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
ORDERS_DB_PASSWORD=$(password)
INVENTORY_DB_PASSWORD=$(password)
PAYMENT_DB_PASSWORD=$(password)
SHIPPING_DB_PASSWORD=$(password)
NOTIFICATION_DB_PASSWORD=$(password)
TEMPORAL_DB_PASSWORD=$(password)
END
