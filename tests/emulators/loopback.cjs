// Loaded before an emulator (Bun and Node.js alike): both listen on every interface and have no option against it.
if (globalThis.Bun) {
  const serve = Bun.serve;
  Bun.serve = (options) => serve({ ...options, hostname: "127.0.0.1" });
} else {
  const { Server } = require("node:net");
  const listen = Server.prototype.listen;
  Server.prototype.listen = function (port, _host, ...rest) {
    return listen.call(this, port, "127.0.0.1", ...rest);
  };
}
