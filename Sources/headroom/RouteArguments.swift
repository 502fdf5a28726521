import LoadTesting
import Terminal

/// How a loaded service is reached: what stands between its name and its connections.
struct RouteArguments {
  let socket: String?
  let isInsecure: Bool
  let authorities: String?
  private let certificate: String?
  private let key: String?
  private let overrides: [String]
  private let serverName: String?
  private let usesAllAddresses: Bool
  private let proxy: String?

  /// - Parameter takesSocket: whether a Unix socket may stand for the address.
  init(_ a: inout Arguments, takesSocket: Bool = true) throws(UsageError) {
    socket =
      takesSocket
      ? try a.option("unix-socket", value: "PATH", help: "connect to a Unix socket instead of the URL's host") : nil
    isInsecure = a.flag("insecure", help: "do not look at the certificate of an https service")
    authorities = try a.option(
      "cacert", value: "FILE", help: "trust these certificates (PEM) instead of the system's", completion: .files([]))
    certificate = try a.option(
      "cert", value: "FILE", help: "show this certificate (PEM, with its chain) to a service that asks who calls",
      completion: .files([]))
    key = try a.option(
      "key", value: "FILE", help: "the key of --cert (PEM), where it does not stand in the same file",
      completion: .files([]))
    overrides = try a.options(
      "resolve", value: "HOST:PORT:ADDRESS", help: "connect there instead of where the name leads; several with commas")
    serverName = try a.option(
      "sni", value: "NAME", help: "the name that TLS is told and that the certificate must bear, instead of the URL's")
    usesAllAddresses = a.flag("all-addresses", help: "spread connections over all addresses of the name, in turn")
    proxy = try a.option(
      "proxy", value: "URL", help: "go through this HTTP proxy: http://localhost:3128; no other is ever used")
    let hasCertificate = certificate != nil || key == nil
    a.check(hasCertificate, "'--key' belongs to a certificate. Add --cert FILE.")
    let isOne = socket == nil || (proxy == nil && overrides.isEmpty && !usesAllAddresses)
    a.check(isOne, "'--unix-socket' has no address: leave out --proxy, --resolve and --all-addresses.")
  }

  func route() throws -> LoadRoute {
    var route = LoadRoute()
    route.overrides = try overrides.map { try LoadRoute.Override($0) }
    route.serverName = serverName
    route.certificate = certificate
    route.key = key
    route.usesAllAddresses = usesAllAddresses
    route.proxy = try proxy.map { try LoadRoute.Proxy($0) }
    return route
  }
}
