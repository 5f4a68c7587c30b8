#!/bin/sh
# Makes a role and a database for each service and for Temporal. The image of PostgreSQL runs it once, when its volume is new.
# No role can open the database of another, and none is a superuser.
#
# Environment: POSTGRES_USER (the superuser, for this script alone), and a password for each role: INVENTORY_DB_PASSWORD, ...
set -eu

make_role() { # NAME PASSWORD DATABASE...
  role=$1 password=$2
  shift 2
  psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
    --set=role="$role" --set=password="$password" <<'SQL'
create role :"role" login password :'password';
SQL
  for database; do
    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
      --set=role="$role" --set=database="$database" <<'SQL'
create database :"database" owner :"role";
revoke all on database :"database" from public;
SQL
  done
}

make_role orders "$ORDERS_DB_PASSWORD" orderflow_orders
make_role inventory "$INVENTORY_DB_PASSWORD" orderflow_inventory
make_role payment "$PAYMENT_DB_PASSWORD" orderflow_payment
make_role shipping "$SHIPPING_DB_PASSWORD" orderflow_shipping
make_role notification "$NOTIFICATION_DB_PASSWORD" orderflow_notification
make_role temporal "$TEMPORAL_DB_PASSWORD" temporal temporal_visibility
