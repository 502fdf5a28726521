import Documents

/// A document that a policy was read from, as it stands in its file.
public struct ManifestSource: Sendable, Hashable {
  /// As the plan names it.
  public var file: String
  /// The whole file: other documents in it, and comments.
  public var bytes: [UInt8]
  /// Which object of it is meant; nil where it is the only one of its kind.
  public var name: String?

  public init(file: String, bytes: [UInt8], name: String?) {
    self.file = file
    self.bytes = bytes
    self.name = name
  }
}

/// Writes changes into a document that somebody keeps: the values that differ are put in place of the old ones, and every
/// other byte stays, comments, order and whatever is not understood here included.
///
/// What changes is told by two canonical trees of the same object, before and after; where the document leaves a key to its
/// default, the key is added.
public struct ManifestPatch {
  private let bytes: [UInt8]
  private var lineStarts: [Int] = [0]
  /// Other names by which a document may call a key.
  private let otherNames: [String: [String]]
  private var edits: [(range: Range<Int>, text: String)] = []
  /// What could not be written, as `spec.behavior: REASON`.
  public private(set) var losses: [String] = []

  /// - Parameter otherNames: by canonical key, the names that mean the same.
  public init(_ bytes: [UInt8], otherNames: [String: [String]] = [:]) {
    self.bytes = bytes
    self.otherNames = otherNames
    for (i, byte) in bytes.enumerated() where byte == 10 { lineStarts.append(i + 1) }
  }

  /// The file with every change in it.
  public var text: String {
    var result: [UInt8] = []
    var at = 0
    for (range, text) in edits.enumerated().sorted(by: {
      ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
    }).map(\.element) where range.lowerBound >= at {
      result += bytes[at..<range.lowerBound]
      result += Array(text.utf8)
      at = range.upperBound
    }
    result += bytes[at...]
    return String(decoding: result, as: UTF8.self)
  }

  /// Whether nothing differs.
  public var isEmpty: Bool { edits.isEmpty && losses.isEmpty }

  // MARK: Walking

  /// Notes what is to be written into an object of the file so that it says `new` instead of `old`.
  ///
  /// - Parameters:
  ///   - document: the object as it was read, with its places in the file.
  ///   - path: where it stands, for what cannot be written.
  public mutating func change(_ document: Node, from old: Node, to new: Node, _ path: String = "") {
    if Self.isSame(old, new) { return }
    if let entries = new.entries, old.entries != nil, document.entries != nil {
      for (i, entry) in entries.enumerated() {
        let before = old[entry.key]
        if let before, Self.isSame(before, entry.value) { continue }
        let here = path.isEmpty ? entry.key : "\(path).\(entry.key)"
        guard let own = Self.key(entry.key, in: document, otherNames), let value = document[own] else {
          add(entry.key, entry.value, to: document, before: entries[(i + 1)...].map(\.key), here)
          continue
        }
        if let before, Self.isLikewise(value, before, entry.value) {
          change(value, from: before, to: entry.value, here)
        } else {
          replace(own, entry.value, in: document, here)
        }
      }
      for entry in old.entries ?? [] where new[entry.key] == nil {
        guard let own = Self.key(entry.key, in: document, otherNames) else { continue }
        remove(own, from: document, path.isEmpty ? entry.key : "\(path).\(entry.key)")
      }
      return
    }
    // More elements than are known here, as sidecars behind the container, stay as they are.
    if let after = new.elements, let before = old.elements, let own = document.elements,
      after.count == before.count, own.count >= after.count
    {
      for i in after.indices { change(own[i], from: before[i], to: after[i], "\(path)[\(i)]") }
      return
    }
    set(document, to: new, path)
  }

  /// Whether a value can be walked into: a scalar for a scalar, a mapping for a mapping, a list for one as long.
  private static func isLikewise(_ document: Node, _ old: Node, _ new: Node) -> Bool {
    if document.text != nil { return new.text != nil && old.text != nil }
    if document.entries != nil { return old.entries != nil && new.entries != nil }
    if let own = document.elements, let before = old.elements {
      return before.count <= own.count && new.elements?.count == before.count
    }
    return false
  }

  private static func key(_ key: String, in document: Node, _ otherNames: [String: [String]]) -> String? {
    ([key] + (otherNames[key] ?? [])).first { document[$0] != nil }
  }

  static func isSame(_ a: Node, _ b: Node) -> Bool {
    if let x = a.entries {
      guard let y = b.entries, x.count == y.count else { return false }
      return x.allSatisfy { entry in b[entry.key].map { isSame(entry.value, $0) } ?? false }
    }
    if let x = a.elements {
      guard let y = b.elements, x.count == y.count else { return false }
      return zip(x, y).allSatisfy { isSame($0, $1) }
    }
    return a.kind == b.kind && a.text == b.text
  }

  // MARK: Writing

  private mutating func set(_ document: Node, to new: Node, _ path: String) {
    guard let value = new.text, let range = token(of: document) else {
      losses.append("\(path): the value stands behind an anchor, a tag or in another form")
      return
    }
    let first = bytes[range.lowerBound]
    let written: String
    if first == 34 || first == 39 {
      let mark = first == 34 ? "\"" : "'"
      let isSimple = value.utf8.allSatisfy { $0 != 34 && $0 != 39 && $0 != 92 && $0 >= 32 }
      written = isSimple ? mark + value + mark : ManifestWriter.scalar(value)
    } else {
      written = Self.plain(value, like: document)
    }
    edits.append((range, written))
  }

  /// A text without quotes where it is read back as the same sort of value as the one that stood there.
  private static func plain(_ value: String, like document: Node) -> String {
    let isSafe =
      !value.isEmpty
      && value.utf8.allSatisfy { b in
        (48...57).contains(b) || (65...90).contains(b) || (97...122).contains(b) || [45, 46, 47, 95].contains(b)
      }
    guard isSafe, let read = try? YAML.parse("x: \(value)")["x"] else { return ManifestWriter.scalar(value) }
    switch (read.kind, document.kind) {
    case (.number, .number), (.string, .string), (.bool, .bool): return value
    // Quantities of Kubernetes may be numbers or texts: 2 and 500m.
    case (.string, .number): return value
    default: return "\"\(value)\""
    }
  }

  private mutating func replace(_ key: String, _ value: Node, in document: Node, _ path: String) {
    guard !isFlow(document), let place = document.keyLocation(key), let start = offset(of: place) else {
      losses.append("\(path): it stands on one line with others")
      return
    }
    let end = endOfEntry(place, value: document[key])
    edits.append((start..<end, Self.block(key, value, indent: place.column - 1, isFirst: true)))
  }

  private mutating func add(_ key: String, _ value: Node, to document: Node, before later: [String], _ path: String) {
    if isFlow(document) {
      guard let start = offset(of: document.location), start < bytes.count, bytes[start] == 123 else {
        losses.append("\(path): its place was not found")
        return
      }
      let isEmpty = document.entries?.isEmpty ?? true
      edits.append((start + 1..<start + 1, " \(Self.flow(key, value))\(isEmpty ? " " : ",")"))
      return
    }
    let entries = document.entries ?? []
    // Before the key that follows it in the usual order, where that begins its line; else behind the last one.
    let next = later.lazy.compactMap { name in entries.first { $0.key == name } }.first
    if let next, let at = offset(of: next.keyLocation), isFirstOnLine(at) {
      let indent = next.keyLocation.column - 1
      edits.append(
        (at..<at, Self.block(key, value, indent: indent, isFirst: true) + String(repeating: " ", count: indent)))
      return
    }
    guard let last = entries.last else {
      losses.append("\(path): its place was not found")
      return
    }
    let end = endOfEntry(last.keyLocation, value: last.value)
    let isOpen = end > 0 && bytes[end - 1] != 10
    edits.append(
      (end..<end, (isOpen ? "\n" : "") + Self.block(key, value, indent: last.keyLocation.column - 1, isFirst: false)))
  }

  private mutating func remove(_ key: String, from document: Node, _ path: String) {
    guard !isFlow(document), let place = document.keyLocation(key), let start = offset(of: place), isFirstOnLine(start)
    else {
      losses.append("\(path): it is to be taken out, and stands on one line with others")
      return
    }
    edits.append((lineStarts[place.line - 1]..<endOfEntry(place, value: document[key]), ""))
  }

  /// Puts another text in place of a literal block (`key: |`), in its own indentation.
  /// - Returns: whether the block was found as such.
  mutating func replaceBlockText(_ scalar: Node, with new: String) -> Bool {
    guard let old = scalar.text, let start = offset(of: scalar.location), bytes[start] == 124 else { return false }
    let first = scalar.location.line + 1
    let before = old.split(separator: "\n", omittingEmptySubsequences: false)
    guard first <= lineStarts.count else { return false }
    var indent = 0
    while lineStarts[first - 1] + indent < bytes.count, bytes[lineStarts[first - 1] + indent] == 32 { indent += 1 }
    // The last part is what stands behind the last line break: nothing.
    let count = old.hasSuffix("\n") ? before.count - 1 : before.count
    for i in 0..<count {
      guard first + i <= lineStarts.count else { return false }
      let at = lineStarts[first + i - 1]
      let end = first + i < lineStarts.count ? lineStarts[first + i] : bytes.count
      let line = String(decoding: bytes[at..<end], as: UTF8.self).filter { $0 != "\n" && $0 != "\r\n" }
      guard line == (before[i].isEmpty ? line.filter { $0 == " " } : String(repeating: " ", count: indent) + before[i])
      else { return false }
    }
    let space = String(repeating: " ", count: indent)
    let lines = new.split(separator: "\n", omittingEmptySubsequences: false)
    let body = (new.hasSuffix("\n") ? lines.dropLast() : lines[...]).map { $0.isEmpty ? "" : space + $0 }
    let last = first + count - 1
    let end = last < lineStarts.count ? lineStarts[last] : bytes.count
    edits.append((lineStarts[first - 1]..<end, body.joined(separator: "\n") + "\n"))
    return true
  }

  // MARK: Places

  private func offset(of place: SourceLocation) -> Int? {
    guard place.line >= 1, place.line <= lineStarts.count else { return nil }
    var at = lineStarts[place.line - 1]
    var column = 1
    while column < place.column, at < bytes.count {
      at += 1
      while at < bytes.count, bytes[at] & 0xC0 == 0x80 { at += 1 }
      column += 1
    }
    return at < bytes.count ? at : nil
  }

  private func isFirstOnLine(_ at: Int) -> Bool {
    var i = at - 1
    while i >= 0, bytes[i] == 32 { i -= 1 }
    return i < 0 || bytes[i] == 10
  }

  private func isFlow(_ document: Node) -> Bool {
    guard let at = offset(of: document.location) else { return false }
    return bytes[at] == 123 || bytes[at] == 91
  }

  /// The bytes of a scalar, quotes included; nil where it is not written plainly in its own place.
  private func token(of node: Node) -> Range<Int>? {
    guard let text = node.text, let start = offset(of: node.location) else { return nil }
    switch bytes[start] {
    case 34:
      var i = start + 1
      while i < bytes.count, bytes[i] != 34 { i += bytes[i] == 92 ? 2 : 1 }
      return i < bytes.count ? start..<(i + 1) : nil
    case 39:
      var i = start + 1
      while i < bytes.count {
        if bytes[i] == 39 {
          if i + 1 < bytes.count, bytes[i + 1] == 39 { i += 1 } else { return start..<(i + 1) }
        }
        i += 1
      }
      return nil
    default:
      let raw = Array(text.utf8)
      guard !raw.isEmpty, bytes[start...].starts(with: raw) else { return nil }
      return start..<(start + raw.count)
    }
  }

  /// Behind the last line of an entry: those that are indented further than its key, and the items of its list.
  private func endOfEntry(_ place: SourceLocation, value: Node?) -> Int {
    var last = place.line
    var line = place.line + 1
    while line <= lineStarts.count {
      let start = lineStarts[line - 1]
      var at = start
      while at < bytes.count, bytes[at] == 32 { at += 1 }
      if at >= bytes.count { break }
      // Empty lines and comments belong to what follows them.
      if bytes[at] == 10 || bytes[at] == 13 || bytes[at] == 35 {
        line += 1
        continue
      }
      let indent = at - start
      let isItem = bytes[at] == 45 && at + 1 < bytes.count && (bytes[at + 1] == 32 || bytes[at + 1] == 10)
      guard indent >= place.column || indent == place.column - 1 && isItem && value?.elements != nil else { break }
      last = line
      line += 1
    }
    return last < lineStarts.count ? lineStarts[last] : bytes.count
  }

  // MARK: Rendering

  private static func scalar(_ node: Node) -> String {
    switch node.kind {
    case .number, .bool: node.text ?? ""
    case .string(let text): ManifestWriter.scalar(text)
    default: "null"
    }
  }

  /// An entry in block style with its line break; the first line without its indentation where that is there already.
  private static func block(_ key: String, _ value: Node, indent: Int, isFirst: Bool) -> String {
    let space = String(repeating: " ", count: indent)
    var text = (isFirst ? "" : space) + ManifestWriter.scalar(key) + ":"
    if let entries = value.entries {
      text += "\n"
      for entry in entries { text += block(entry.key, entry.value, indent: indent + 2, isFirst: false) }
    } else if let elements = value.elements {
      text += "\n"
      for element in elements {
        guard let entries = element.entries else {
          text += "\(space)  - \(scalar(element))\n"
          continue
        }
        for (i, entry) in entries.enumerated() {
          text += i == 0 ? "\(space)  - " : ""
          text += block(entry.key, entry.value, indent: indent + 4, isFirst: i == 0)
        }
      }
    } else {
      text += " \(scalar(value))\n"
    }
    return text
  }

  private static func flow(_ key: String, _ value: Node) -> String { "\(ManifestWriter.scalar(key)): \(flow(value))" }
  private static func flow(_ value: Node) -> String {
    if let entries = value.entries { return "{ \(entries.map { flow($0.key, $0.value) }.joined(separator: ", ")) }" }
    if let elements = value.elements { return "[\(elements.map(flow).joined(separator: ", "))]" }
    return scalar(value)
  }
}
