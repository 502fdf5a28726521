import Documents
import Glibc
import Traffic

/// What a plan file may reach. A plan comes with a pull request: whoever writes it would else choose which server gets this
/// machine's token, which variable is sent, which file is read.
///
/// - Files stay in the plan's own folder or, where that lies in a Git work tree, in the tree (but never in `.git`), with
///   links followed; or in a folder that the command line allows.
/// - Servers are on this machine, or named by HEADROOM_PROMETHEUS_URL, HEADROOM_ALLOWED_HOSTS or the command line.
/// - Variables begin with HEADROOM_, or are named by the command line.
/// - The HEADROOM_PROMETHEUS_... credentials go to the server of HEADROOM_PROMETHEUS_URL and to no other.
public struct PlanAccess: Sendable {
  /// Hosts, with or without a port, beside those of the environment.
  public var hosts: [String]
  /// Folders beside the plan's own.
  public var folders: [String]
  /// Names of variables beside HEADROOM_...
  public var variables: [String]
  /// Whether neither network nor outside files may be touched, whatever else is allowed.
  public var isOffline: Bool
  /// Is told of every file that a plan was let read, by its path.
  public var noting: (@Sendable (String) -> Void)?
  private let environment: @Sendable (String) -> String?

  public init(
    hosts: [String] = [], folders: [String] = [], variables: [String] = [], isOffline: Bool = false,
    environment: @escaping @Sendable (String) -> String? = Credentials.variable
  ) {
    self.hosts = hosts
    self.folders = folders
    self.variables = variables
    self.isOffline = isOffline
    self.environment = environment
  }

  /// What the names of variables begin with that a plan may read.
  public static let variablePrefix = "HEADROOM_"

  // MARK: Files

  /// Where a file lies that a plan names.
  /// - Throws: ``ConnectingError`` where it lies elsewhere than the plan may reach.
  public func file(_ name: String, beside plan: String) throws(ConnectingError) -> String {
    let path = PlanFile.path(name, beside: plan)
    noting?(path)
    if path == "-" { return path }
    let roots = [Self.root(of: plan)] + (isOffline ? [] : folders.map(Self.real))
    let target = Self.real(path)
    let isWithin = roots.contains { Self.isWithin($0, target) }
    guard isWithin, !target.split(separator: "/").contains(".git") else {
      throw ConnectingError(
        .notAllowed, "the plan names the file '\(name)', which lies outside the plan's folder",
        remedy: isOffline
          ? "put it beside the plan; --offline reads nothing else"
          : "put it beside the plan, or allow its folder: --allow-files FOLDER")
    }
    return path
  }

  private static func isWithin(_ root: String, _ path: String) -> Bool {
    path == root || path.hasPrefix(root == "/" ? "/" : root + "/")
  }

  /// The plan's folder, or the work tree in which it lies. A work tree of the whole home or of the whole disk is none.
  private static func root(of plan: String) -> String {
    let folder = plan == "-" ? real(".") : parent(real(plan))
    let home = Credentials.variable("HOME").map(real)
    var one = folder
    while one != "/", one != home {
      if access(one == "/" ? "/.git" : one + "/.git", F_OK) == 0 { return one }
      one = parent(one)
    }
    return folder
  }

  private static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
  }

  /// A path from the root with links followed; of one that is not there, what there is of it, and the rest without dots.
  private static func real(_ path: String) -> String {
    if let resolved = realpath(path, nil) {
      defer { free(resolved) }
      return String(cString: resolved)
    }
    let absolute = path.hasPrefix("/") ? path : real(".") + "/" + path
    var parts: [Substring] = []
    for part in absolute.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    // What exists of it may still be a link that leads elsewhere.
    guard let last = parts.popLast() else { return "/" }
    let above = "/" + parts.joined(separator: "/")
    return (above == "/" ? "" : real(above)) + "/" + last
  }

  // MARK: Servers

  /// Whether a plan may ask a server.
  /// - Throws: ``ConnectingError`` where nothing allows it.
  public func admit(_ url: String) throws(ConnectingError) {
    if let problem = HTTPClient.problem(with: url) { throw problem }
    let origin = HTTPClient.origin(of: url)
    let shown = HTTPClient.hostAndPort(of: url)
    guard !isOffline else {
      throw ConnectingError(
        .notAllowed, "the plan asks the server \(shown), and --offline forbids it",
        remedy: "keep its answer as a file beside the plan and name that as the source")
    }
    let isAllowed =
      Self.isLoopback(origin.host)
      || allowedHosts.contains { $0 == origin.host || $0 == "\(origin.host):\(origin.port)" }
    guard isAllowed else {
      throw ConnectingError(
        .notAllowed,
        "the plan asks the server \(shown), which nothing allows: a plan file must not choose who is asked",
        remedy:
          "allow it once: export HEADROOM_PROMETHEUS_URL=\(ShellWord.quoted("\(origin.scheme)://\(origin.host):\(origin.port)")), "
          + "or HEADROOM_ALLOWED_HOSTS=\(origin.host), or add --allow-host \(origin.host)")
    }
  }

  private var allowedHosts: [String] {
    var allowed = hosts.map { $0.lowercased() }
    allowed += (environment("HEADROOM_ALLOWED_HOSTS") ?? "").lowercased().split(separator: ",").map {
      $0.filter { $0 != " " }
    }
    if let own = environment("HEADROOM_PROMETHEUS_URL") {
      let origin = HTTPClient.origin(of: own)
      allowed.append("\(origin.host):\(origin.port)")
    }
    return allowed
  }

  private static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// The environment's credentials for a server: those of HEADROOM_PROMETHEUS_..., where HEADROOM_PROMETHEUS_URL is of the
  /// same scheme, host and port.
  public func ambientCredentials(for url: String) throws(ConnectingError) -> Credentials {
    let credentials = try Credentials.named("HEADROOM_PROMETHEUS", in: environment)
    guard credentials != .none else { return .none }
    guard let own = environment("HEADROOM_PROMETHEUS_URL") else {
      throw ConnectingError(
        .badCredentials, "the environment holds credentials for Prometheus, and does not say for which server",
        remedy: "set HEADROOM_PROMETHEUS_URL to the server that they are for, or unset them")
    }
    return HTTPClient.origin(of: own) == HTTPClient.origin(of: url) ? credentials : .none
  }

  // MARK: Variables

  /// The value of a variable that a plan names.
  /// - Throws: ``ConnectingError`` where a plan may not read it, or it is not set.
  public func variable(_ name: String) throws(ConnectingError) -> String {
    guard name.hasPrefix(Self.variablePrefix) || variables.contains(name) else {
      throw ConnectingError(
        .notAllowed, "the plan names the variable '\(name)', whose name does not begin with \(Self.variablePrefix)",
        remedy: "name it \(Self.variablePrefix)..., or allow it: --allow-variable \(ShellWord.quoted(name))")
    }
    guard let value = environment(name) else {
      throw ConnectingError(
        .badCredentials, "the plan names the variable '\(name)', which is not set", remedy: "set it, or name another")
    }
    return value
  }

  /// What a source of demand may reach, for a plan in a file.
  func setting(of plan: String) -> any SourceAccess { BoundAccess(access: self, plan: plan) }

  private struct BoundAccess: PlanSourceAccess {
    let access: PlanAccess
    let plan: String
    func file(_ name: String) throws -> String { try access.file(name, beside: plan) }
    func admit(_ server: String) throws { try access.admit(server) }
    func variable(_ name: String) throws -> String { try access.variable(name) }
    func ambientCredentials(for url: String) throws -> Credentials { try access.ambientCredentials(for: url) }
  }
}

/// The access of a source that speaks to a server.
protocol PlanSourceAccess: SourceAccess {
  /// What the environment holds for a server.
  func ambientCredentials(for url: String) throws -> Credentials
}
