import Documents
import Glibc
import Terminal

/// Headers of requests, whose secrets may stand in files and in the environment instead of on the command line.
struct HeaderArguments {
  private let given: [String]
  private let tokenFile: String?
  private let tokenVariable: String?

  /// - Parameter help: what they are of.
  init(_ a: inout Arguments, help: String = "add a header") throws(UsageError) {
    given = try a.options(
      "header", short: "H", value: "'NAME: VALUE'",
      help: "\(help); $NAME in it is a variable, @FILE reads headers of a file")
    tokenFile = try a.option(
      "bearer-token-file", value: "FILE", help: "send 'Authorization: Bearer' with the token in this file",
      completion: .files([]))
    tokenVariable = try a.option(
      "bearer-token-variable", value: "NAME", help: "the same with the token in this variable of the environment")
    let isOne = tokenFile == nil || tokenVariable == nil
    a.check(isOne, "'--bearer-token-file' and '--bearer-token-variable' both name a token. Keep one.")
  }

  /// The lines as they are sent: files read, variables filled.
  func lines() throws -> [String] {
    var lines: [String] = []
    for text in given {
      guard text.hasPrefix("@") else {
        lines.append(try Self.filled(text))
        continue
      }
      let bytes = try Input.read(path: String(text.dropFirst()), limit: 1 << 20)
      let found = bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }).map { String(decoding: $0, as: UTF8.self) }
      lines += found.filter { !$0.hasPrefix("#") && $0.contains { $0 != " " } }
    }
    if let tokenFile {
      let bytes = try Input.read(path: tokenFile, limit: 1 << 20)
      let token = String(decoding: bytes, as: UTF8.self).split { $0.isNewline || $0 == " " }
      guard token.count == 1 else {
        throw Failure("'\(tokenFile)' holds no token: one word on one line.", exitCode: .badInput)
      }
      lines.append("Authorization: Bearer \(token[0])")
    } else if let tokenVariable {
      lines.append("Authorization: Bearer \(try Self.variable(tokenVariable))")
    }
    return lines
  }

  private static func variable(_ name: String) throws -> String {
    guard let value = getenv(name), value.pointee != 0 else {
      throw Failure("The environment has no '\(name)'. Set it: export \(name)=...", exitCode: .usage)
    }
    return String(cString: value)
  }

  /// `$NAME` and `${NAME}` become what the environment holds, `$$` a dollar. A dollar before anything but a capital is one.
  static func filled(_ text: String) throws -> String {
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      func isName(_ letter: Character) -> Bool {
        letter == "_" || letter.isASCII && (letter.isLetter || letter.isNumber)
      }
      if rest.hasPrefix("$") {
        result += "$"
        rest = rest.dropFirst()
      } else if rest.hasPrefix("{"), let end = rest.firstIndex(of: "}") {
        result += try variable(String(rest[rest.index(after: rest.startIndex)..<end]))
        rest = rest[rest.index(after: end)...]
      } else if let first = rest.first, first == "_" || first.isASCII && first.isUppercase {
        let name = rest.prefix(while: isName)
        result += try variable(String(name))
        rest = rest.dropFirst(name.count)
      } else {
        result += "$"
      }
    }
    return result + rest
  }
}
