/// A checker of well-formed markup, small on purpose: elements nest, attributes are quoted, entities are known.
/// With `html`, the void elements of HTML need no end.
enum Markup {
  /// What is wrong, or nil where the text is well-formed.
  static func problem(in text: String, html: Bool = false) -> String? {
    let void: Set<String> = html ? ["meta", "link", "br", "hr", "img", "input", "col", "wbr"] : []
    let bytes = Array(text.utf8)
    var open: [String] = []
    var p = 0
    func string(_ from: Int, _ to: Int) -> String { String(decoding: bytes[from..<to], as: UTF8.self) }
    func entityProblem(_ from: Int, _ to: Int) -> String? {
      var i = from
      while i < to {
        if bytes[i] == UInt8(ascii: "&") {
          guard let end = bytes[i..<min(to, i + 12)].firstIndex(of: UInt8(ascii: ";")) else {
            return "a bare & near '\(string(i, min(to, i + 20)))'"
          }
          let name = string(i + 1, end)
          guard ["amp", "lt", "gt", "quot", "apos", "nbsp"].contains(name) || name.hasPrefix("#") else {
            return "unknown entity &\(name);"
          }
          i = end
        }
        i += 1
      }
      return nil
    }
    while p < bytes.count {
      guard bytes[p] == UInt8(ascii: "<") else {
        let next = bytes[p...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
        if let problem = entityProblem(p, next) { return problem }
        p = next
        continue
      }
      // Attribute values may hold '>'.
      var end = p + 1
      var quote: UInt8?
      while end < bytes.count {
        let c = bytes[end]
        if let q = quote {
          if c == q { quote = nil }
        } else if c == UInt8(ascii: "\"") || c == UInt8(ascii: "'") {
          quote = c
        } else if c == UInt8(ascii: ">") {
          break
        } else if c == UInt8(ascii: "<") {
          return "a '<' inside a tag near '\(string(p, min(bytes.count, p + 60)))'"
        }
        end += 1
      }
      guard end < bytes.count else { return "an unclosed tag near '\(string(p, min(bytes.count, p + 60)))'" }
      var tag = string(p + 1, end)
      p = end + 1
      if tag.hasPrefix("!") || tag.hasPrefix("?") { continue }
      if tag.hasPrefix("/") {
        let name = String(tag.dropFirst())
        guard open.last == name else { return "</\(name)> closes <\(open.last ?? "nothing")>" }
        open.removeLast()
        continue
      }
      let closed = tag.hasSuffix("/")
      if closed { tag.removeLast() }
      let name = String(tag.prefix { $0 != " " && $0 != "\n" })
      guard let first = name.first, first.isLetter else { return "a tag without a name: <\(tag)>" }
      if let problem = attributeProblem(String(tag.dropFirst(name.count))) { return "<\(name)>: \(problem)" }
      if !closed, !void.contains(name) {
        open.append(name)
        if html, name == "style" || name == "script" {
          // Raw text up to the end tag.
          let close = Array("</\(name)>".utf8)
          var q = p
          while q + close.count <= bytes.count, Array(bytes[q..<q + close.count]) != close { q += 1 }
          p = q
        }
      }
    }
    return open.isEmpty ? nil : "<\(open.joined(separator: "><"))> is never closed"
  }

  private static func attributeProblem(_ text: String) -> String? {
    var rest = Substring(text)
    var names: Set<String> = []
    while true {
      rest = rest.drop { $0 == " " || $0 == "\n" }
      guard !rest.isEmpty else { return nil }
      let name = String(rest.prefix { $0 != "=" && $0 != " " })
      guard names.insert(name).inserted else { return "attribute '\(name)' twice" }
      rest = rest.dropFirst(name.count)
      guard rest.hasPrefix("=\"") else { return "attribute '\(name)' without a quoted value" }
      rest = rest.dropFirst(2)
      guard let end = rest.firstIndex(of: "\"") else { return "attribute '\(name)' never ends" }
      if rest[..<end].contains("<") { return "attribute '\(name)' holds a '<'" }
      rest = rest[rest.index(after: end)...]
    }
  }

  /// The texts of the elements of a name, tags inside dropped.
  static func texts(of element: String, in markup: String) -> [String] {
    markup.components(separatedBy: "<\(element)").dropFirst().compactMap { part in
      guard let start = part.firstIndex(of: ">") else { return nil }
      let body = part[part.index(after: start)...]
      return body.components(separatedBy: "</\(element)>").first
    }
  }
}

extension StringProtocol {
  /// Pieces between occurrences of a text.
  func components(separatedBy separator: String) -> [String] {
    var result: [String] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      result.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    result.append(String(rest))
    return result
  }
}
