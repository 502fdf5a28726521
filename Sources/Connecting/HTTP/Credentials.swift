import Glibc

/// How to say who is asking. Never given on the command line, where every user of the machine could read it.
public enum Credentials: Hashable, Sendable {
  case none
  case bearer(token: String)
  case basic(username: String, password: String)

  /// Reads credentials from environment variables.
  ///
  /// For the prefix `HEADROOM_PROMETHEUS`: `..._TOKEN` or `..._TOKEN_FILE`; else `..._USERNAME` with
  /// `..._PASSWORD` or `..._PASSWORD_FILE`. A file's trailing line break is not part of the secret.
  ///
  /// - Parameters:
  ///   - prefix: How the variables' names begin.
  ///   - environment: Variables by name.
  /// - Throws: ``ConnectingError`` where a named file cannot be read, a secret is empty or holds control
  ///   characters, or only half of the pair is there.
  public static func named(
    _ prefix: String, in environment: (String) -> String? = Credentials.variable
  ) throws(ConnectingError) -> Credentials {
    if let token = try secret(prefix + "_TOKEN", environment) { return .bearer(token: token) }
    let username = environment(prefix + "_USERNAME")
    let password = try secret(prefix + "_PASSWORD", environment)
    switch (username, password) {
    case (nil, nil): return .none
    case (let username?, let password?): return .basic(username: username, password: password)
    case (nil, _):
      throw ConnectingError(
        .badCredentials, "\(prefix)_PASSWORD is set but \(prefix)_USERNAME is not", remedy: "set both or neither")
    case (_, nil):
      throw ConnectingError(
        .badCredentials, "\(prefix)_USERNAME is set but there is no password",
        remedy: "set \(prefix)_PASSWORD or \(prefix)_PASSWORD_FILE")
    }
  }

  /// A variable of this process's environment.
  public static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  private static func secret(
    _ name: String, _ environment: (String) -> String?
  ) throws(ConnectingError) -> String? {
    if let text = environment(name) { return try checked(text, "the variable \(name)") }
    guard let path = environment(name + "_FILE") else { return nil }
    guard let file = fopen(path, "r") else {
      throw ConnectingError(
        .badCredentials, "cannot read \(path), which \(name)_FILE names: \(String(cString: strerror(errno)))",
        remedy: "make the file readable, or correct the variable")
    }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let length = fread(&bytes, 1, bytes.count, file)
    var text = String(decoding: bytes[..<length], as: UTF8.self)
    while text.last == "\n" || text.last == "\r" || text.last == "\r\n" { text.removeLast() }
    return try checked(text, path)
  }

  /// A line break in a secret would let it write further headers.
  private static func checked(_ text: String, _ origin: String) throws(ConnectingError) -> String {
    guard !text.isEmpty else {
      throw ConnectingError(.badCredentials, "\(origin) is empty", remedy: "put the token or password in it")
    }
    guard !text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
      throw ConnectingError(
        .badCredentials, "\(origin) holds a line break or another control character",
        remedy: "write the secret alone, on one line")
    }
    return text
  }
}

extension Credentials: CustomStringConvertible, CustomReflectable {
  /// Says what kind of credentials these are, never the secret.
  public var description: String {
    switch self {
    case .none: "no credentials"
    case .bearer: "a bearer token"
    case .basic(let username, _): "the password of \(username)"
    }
  }
  /// Empty, so that `dump` and failed expectations do not print the secret.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
