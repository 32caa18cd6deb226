# The gateway as a force runs it: no shell scripts, no build tools, no embedded stores, not root.
# What it needs: CALLBOX_DATABASE_URL and CALLBOX_REDIS_URL, and a volume at /data that user 1000 may write to.
# docs/operating.md tells how it is run; compose.yaml is an example.

FROM node:24-bookworm-slim AS console
WORKDIR /build
# No install scripts: nothing that is needed here has one, and what has one is not needed.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY vite.config.ts tsconfig.json ./
COPY src ./src
RUN node_modules/.bin/vite build --logLevel warn

FROM node:24-bookworm-slim AS packages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Without the optional packages: they are the embedded PostgreSQL, and a faster way for what is not the bottleneck.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    CALLBOX_SIP_HOST=0.0.0.0 \
    CALLBOX_HTTP_HOST=0.0.0.0 \
    CALLBOX_DATA_DIR=/data \
    NODE_OPTIONS="--max-semi-space-size=8 --v8-pool-size=1" \
    MALLOC_ARENA_MAX=2 \
    MALLOC_TRIM_THRESHOLD_=131072
RUN mkdir /data && chown node:node /data
WORKDIR /app
COPY --from=packages /build/node_modules ./node_modules
COPY --from=console /build/dist ./dist
COPY package.json LICENSE ./
COPY config ./config
COPY docs/faults.md ./docs/faults.md
COPY src ./src
USER node
VOLUME /data
EXPOSE 5060/udp 5060/tcp 8080/tcp
# The main process hears the signal itself and drains; the orchestrator should give it 20 s.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.CALLBOX_HTTP_PORT || 8080}/livez`).then(a => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "src/main.ts"]
CMD ["start"]
