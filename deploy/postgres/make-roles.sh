#!/bin/sh
# Makes a role and a database for each service and for Temporal. The PostgreSQL image runs it once, when its volume is new.
# No role can open another role's database, and none is a superuser.
#
# Environment: POSTGRES_USER (the superuser, used by this script alone), and NAME_DB_PASSWORD for each role. The role `name` owns the
# database `orderflow_name`.
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

make_role temporal "$TEMPORAL_DB_PASSWORD" temporal temporal_visibility
for variable in $(env | grep -o '^[A-Z]*_DB_PASSWORD' | grep -v '^TEMPORAL_'); do
  service=$(echo "${variable%_DB_PASSWORD}" | tr '[:upper:]' '[:lower:]')
  eval "password=\$$variable"
  make_role "$service" "$password" "orderflow_$service"
done
