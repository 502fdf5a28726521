/// The cookies of one session, of one service (RFC 6265): what it set, and what goes back with a request to a path.
struct CookieJar {
  private struct Cookie {
    var name: [UInt8]
    var value: [UInt8]
    /// Where it belongs: this path and what lies below.
    var path: [UInt8]
  }
  private var cookies: [Cookie] = []
  var isEmpty: Bool { cookies.isEmpty }

  /// Takes the value of a `Set-Cookie` header.
  /// - Parameter path: that of the request.
  mutating func set(_ header: UnsafeBufferPointer<UInt8>, requestPath path: UnsafeBufferPointer<UInt8>) {
    var parts = header.split(separator: 0x3B, omittingEmptySubsequences: false)
      .map { Self.trimmed(UnsafeBufferPointer(rebasing: $0)) }
    let pair = parts.removeFirst()
    guard let equals = pair.firstIndex(of: 0x3D), equals > 0 else { return }
    var cookie = Cookie(
      name: Array(Self.trimmed(UnsafeBufferPointer(rebasing: pair[..<equals]))),
      value: Array(Self.trimmed(UnsafeBufferPointer(rebasing: pair[(equals + 1)...]))),
      path: Self.defaultPath(path))
    var isOver = false
    for part in parts {
      let name = part.prefix { $0 != 0x3D }
      let value = part.dropFirst(name.count + 1)
      if Self.isWord(name, "path"), value.first == 0x2F {
        cookie.path = Array(value)
      } else if Self.isWord(name, "max-age") {
        // 5.2.2: zero or less is over at once. Tests are shorter than what any other age says.
        isOver = value.first == 0x2D || (value.count == 1 && value.first == 0x30)
      } else if Self.isWord(name, "expires"), let year = Self.year(value) {
        isOver = isOver || year < 2000
      }
    }
    cookies.removeAll { $0.name == cookie.name && $0.path == cookie.path }
    if !isOver { cookies.append(cookie) }
  }

  /// `a=1; b=2`: what goes with a request to a path; empty where nothing does.
  func header(for path: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var line: [UInt8] = []
    for cookie in cookies where Self.lies(path, below: cookie.path) {
      if !line.isEmpty { line += [0x3B, 0x20] }
      line += cookie.name
      line.append(0x3D)
      line += cookie.value
    }
    return line
  }

  /// 5.1.4, path-match.
  private static func lies(_ path: UnsafeBufferPointer<UInt8>, below root: [UInt8]) -> Bool {
    if root.count <= 1 { return true }
    let bare = path.prefix { $0 != 0x3F }
    guard bare.starts(with: root) else { return false }
    return bare.count == root.count || root.last == 0x2F || bare[bare.startIndex + root.count] == 0x2F
  }
  /// 5.1.4, default-path: up to, and without, the last slash.
  private static func defaultPath(_ path: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    let bare = path.prefix { $0 != 0x3F }
    guard let last = bare.lastIndex(of: 0x2F), last > bare.startIndex else { return [0x2F] }
    return Array(bare[..<last])
  }
  private static func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    var slice = text[...]
    while let first = slice.first, first == 0x20 || first == 9 { slice = slice.dropFirst() }
    while let last = slice.last, last == 0x20 || last == 9 { slice = slice.dropLast() }
    return UnsafeBufferPointer(rebasing: slice)
  }
  private static func isWord(_ text: some Collection<UInt8>, _ word: StaticString) -> Bool {
    HeaderLines.isWord(text, UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }
  /// The year of a date as `Thu, 01 Jan 1970 00:00:00 GMT` has it.
  private static func year(_ text: some Collection<UInt8>) -> Int? {
    for word in text.split(whereSeparator: { $0 == 0x20 || $0 == 0x2D }) where word.count == 4 {
      if let number = TextTemplate.number(Array(word)) { return number }
    }
    return nil
  }
}

/// The lines of a response's head.
struct HeaderLines {
  let bytes: UnsafeBufferPointer<UInt8>

  /// Calls with each field's name and value, in their order.
  func forEach(_ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Void) {
    guard let base = bytes.baseAddress else { return }
    var start = 0
    while start < bytes.count {
      var end = start
      var colon = -1
      while end < bytes.count, base[end] != 10 {
        if colon < 0, base[end] == 0x3A { colon = end }
        end &+= 1
      }
      var last = end
      if last > start, base[last &- 1] == 13 { last &-= 1 }
      // Behind an empty line begins the content.
      if last == start { return }
      if colon > start, colon < last {
        var value = colon &+ 1
        while value < last, base[value] == 0x20 || base[value] == 9 { value &+= 1 }
        body(
          UnsafeBufferPointer(start: base + start, count: colon &- start),
          UnsafeBufferPointer(start: base + value, count: last &- value))
      }
      start = end &+ 1
    }
  }

  /// The value of a field's first occurrence.
  /// - Parameter name: in lower case.
  func first(_ name: [UInt8]) -> UnsafeBufferPointer<UInt8>? {
    var found: UnsafeBufferPointer<UInt8>?
    name.withUnsafeBufferPointer { wanted in
      forEach { if found == nil, Self.isWord($0, wanted) { found = $1 } }
    }
    return found
  }

  /// Whether a text is a word whatever its letters' case.
  /// - Parameter word: in lower case.
  @inline(__always) static func isWord(_ text: some Collection<UInt8>, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
    guard text.count == word.count else { return false }
    var i = 0
    for byte in text {
      if byte | (byte >= 0x41 && byte <= 0x5A ? 0x20 : 0) != word[i] { return false }
      i &+= 1
    }
    return true
  }
}
