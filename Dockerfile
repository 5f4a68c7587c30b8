# One image for every part of Orderflow: docker-compose.yml says which program of it a container runs.
# The stages build the programs and the workflow bundle, install what they need at run time, and put both together.

# Glibc, which Temporal's native core is built for. Debian's slim image is the smallest that has it.
ARG NODE_IMAGE=node:24.19.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY contracts/ contracts/
COPY workflows/ workflows/
COPY activities/ activities/
COPY services/ services/
COPY src/ src/
COPY web/ web/
# tools/ starts and examines a system from a checkout; it has nothing to do in a container.
RUN npm run build && rm -f dist/.tsbuildinfo
# Bundling takes seconds and needs a folder to write to: done here, a worker starts at once and on a read-only file system.
RUN node --input-type=module --eval "const { workflowBundle } = await import('/app/dist/src/worker/bundle.js'); await workflowBundle();"

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force

FROM ${NODE_IMAGE} AS runtime
# The slim image has no certificates of its own, and Temporal's native core takes the system's for TLS.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=dependencies /app/node_modules/ node_modules/
COPY --from=build /app/node_modules/.cache/orderflow/ node_modules/.cache/orderflow/
COPY --from=build /app/dist/ dist/
USER node
EXPOSE 3000
CMD ["node", "--enable-source-maps", "dist/src/api/main.js"]
