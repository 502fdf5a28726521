/// What is told of requests without telling what must stay secret: names stay, values become `***`.
public enum Secret {
  public static let mask = "***"

  /// An address whose user and password, and whose query's values, are masked where they look like secrets: by their
  /// name (`api_key`, `token`, `sig`, ...), or because they are long and of no word.
  public static func masked(url: String) -> String {
    var text = url
    if let scheme = url.firstIndex(of: ":"), url[scheme...].hasPrefix("://") {
      let start = url.index(scheme, offsetBy: 3)
      let authority = url[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
      if let at = authority.lastIndex(of: "@") { text = url[..<start] + mask + url[at...] }
    }
    guard let question = text.firstIndex(of: "?") else { return text }
    let query = text[text.index(after: question)...]
    let parts = query.split(separator: "&", omittingEmptySubsequences: false).map { part -> String in
      guard let equals = part.firstIndex(of: "=") else { return looksRandom(part) ? mask : String(part) }
      let value = part[part.index(after: equals)...]
      let isSecret = isSecretName(part[..<equals]) || looksRandom(value)
      return isSecret && !value.isEmpty && !isReference(value) ? part[...equals] + mask : String(part)
    }
    return text[...question] + parts.joined(separator: "&")
  }

  /// A header whose value is masked unless it is of a kind that holds none.
  public static func masked(header: String) -> String {
    if header.hasPrefix("@") { return header }
    guard let colon = header.firstIndex(of: ":") else { return mask }
    let value = header[header.index(after: colon)...].drop { $0 == " " }
    let isTold = plainHeaders.contains(header[..<colon].lowercased()) || isReference(value)
    return isTold ? header : "\(header[..<colon]): \(mask)"
  }
  private static let plainHeaders: Set<String> = [
    "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "content-encoding",
    "content-length", "content-type", "expect", "host", "pragma", "range", "te", "user-agent",
  ]

  /// `$NAME`, `Bearer $NAME`, `{{column}}`: a name in place of a value tells nothing.
  private static func isReference(_ text: Substring) -> Bool {
    guard let last = text.split(separator: " ").last, text.split(separator: " ").count <= 2 else { return false }
    return last.hasPrefix("$") && last.count > 1 || last.hasPrefix("{{") && last.hasSuffix("}}")
  }

  private static func isSecretName(_ name: Substring) -> Bool {
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    let whole = words.joined()
    let parts = [
      "key", "token", "secret", "passw", "pwd", "auth", "signature", "credential", "session", "jwt", "cookie", "bearer",
      "private", "access",
    ]
    return parts.contains { whole.contains($0) }
      || words.contains { ["sig", "pass", "sid", "code", "otp", "pin"].contains($0) }
  }

  /// Sixteen characters and more, letters and digits mixed: no word that somebody wrote.
  private static func looksRandom(_ value: Substring) -> Bool {
    guard value.utf8.count >= 16 else { return false }
    return value.contains { $0.isNumber } && value.contains { $0.isLetter }
  }

  /// The words of a command, with the values of headers and bodies, and secrets in addresses, masked.
  public static func masked(command words: [String]) -> [String] {
    var result: [String] = []
    var pending: Kind?
    for word in words {
      if let kind = pending {
        result.append(kind.masked(word))
        pending = nil
        continue
      }
      let name = String(word.prefix { $0 != "=" })
      if let kind = Kind.of(name) {
        if word.count > name.count {
          result.append("\(name)=\(kind.masked(String(word.dropFirst(name.count + 1))))")
        } else {
          pending = kind
          result.append(word)
        }
      } else if word.hasPrefix("-H"), word.count > 2, !word.hasPrefix("--") {
        result.append("-H" + masked(header: String(word.dropFirst(2))))
      } else if let equals = word.firstIndex(of: "="), word.hasPrefix("--"), word.contains("://") {
        result.append(word[...equals] + masked(url: String(word[word.index(after: equals)...])))
      } else {
        result.append(word.contains("://") ? masked(url: word) : word)
      }
    }
    return result
  }

  private enum Kind {
    case header, body, field
    static func of(_ option: String) -> Kind? {
      switch option {
      case "-H", "--header": .header
      case "--body", "--proto-body": .body
      case "--field": .field
      default: nil
      }
    }
    func masked(_ value: String) -> String {
      switch self {
      case .header: Secret.masked(header: value)
      case .body: value.hasPrefix("@") ? value : Secret.mask
      // 1=string:abc keeps its number and type.
      case .field: value.firstIndex(of: ":").map { value[...$0] + Secret.mask } ?? Secret.mask
      }
    }
  }
}
