# syntax=docker/dockerfile:1

# Builds with the tools; nothing of this stage is shipped but dist.
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm install --omit=optional --no-audit --no-fund
COPY tsconfig.json ./
COPY migrations migrations
COPY src src
RUN npm run build

# What production needs: no tools, and no embedded database (an optional dependency).
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm install --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json ./
# Writes nothing: state is in DATABASE_URL, logs go to stdout, so it runs with --read-only. Only SANDBOX=on needs a
# place for its runs, e.g. --tmpfs /tmp with DATA_DIR=/tmp/gateway.
USER node
EXPOSE 3000
# Alive, not ready: a database that is away is no reason to restart a gateway.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node is process 1: SIGTERM reaches it, and it stops in order.
# A larger young generation than Node's 16 MiB: of what a request makes, less outlives it.
CMD ["node", "--max-semi-space-size=16", "dist/main.js"]
