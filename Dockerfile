# One image for all services; the command says which one runs: node services/router/src/main.ts
#
# There is no build step: Node runs the TypeScript as it is. It does so for files outside node_modules only, and our
# packages count as such: npm links them into node_modules, and Node looks at where a link leads.

# The files that decide what is installed, so that a change of code alone installs nothing again.
FROM node:24-bookworm-slim AS manifests
WORKDIR /weir
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete

FROM node:24-bookworm-slim
WORKDIR /weir
COPY --from=manifests /weir .
# onnxruntime-node brings its binaries for every system: 230 MB of 290 are not Linux's.
RUN npm ci --omit=dev --ignore-scripts --workspace=services --workspace=libs && npm cache clean --force \
  && rm -rf node_modules/onnxruntime-node/bin/*/darwin node_modules/onnxruntime-node/bin/*/win32
COPY libs libs
COPY services services

# Operators' own address serves /health, /ready and /metrics of every service; callers of the ingress see no metrics.
ENV NODE_ENV=production WEIR_HOST=0.0.0.0 WEIR_OPS_HOST=0.0.0.0 WEIR_OPS_PORT=9090
EXPOSE 8080 9090
USER node
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD \
  ["node", "-e", "fetch('http://127.0.0.1:' + process.env.WEIR_OPS_PORT + '/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/ingress/src/main.ts"]
