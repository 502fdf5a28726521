import Glibc

/// Cuts a stream of bytes into lines, for one JSON value a line; memory is one line.
///
///     var reader = NDJSONReader(file: "runs.ndjson")
///     try Input.stream(path: "runs.ndjson") { try reader.feed($0) { line, number in ... } }
///     try reader.finish { line, number in ... }
///
/// Lines end with a line feed, which may follow a carriage return; lines of nothing but blanks are passed over.
public struct NDJSONReader {
  /// The longest line that is read, unless told otherwise.
  public static let defaultLimit = 256 << 20

  private let file: String?
  private let limit: Int
  private var pending: [UInt8] = []
  private var line = 1

  /// A reader of lines of up to `limit` bytes; the file's name is for messages.
  public init(file: String? = nil, limit: Int = defaultLimit) {
    self.file = file
    self.limit = limit
  }

  /// Takes the next bytes and hands over every line that they complete, with its number from 1.
  ///
  /// - Throws: ``Diagnostics`` at a line over the limit, and what `body` throws.
  public mutating func feed(
    _ chunk: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
  ) throws {
    guard let base = chunk.baseAddress else { return }
    var start = 0
    while start < chunk.count, let found = memchr(base + start, 0x0A, chunk.count - start) {
      let end = base.distance(to: UnsafeRawPointer(found))
      let part = UnsafeRawBufferPointer(rebasing: chunk[start..<end])
      start = end + 1
      if pending.isEmpty {
        try check(part.count)
        try hand(part, body)
      } else {
        try check(pending.count + part.count)
        pending.append(contentsOf: part)
        let whole = pending
        pending.removeAll(keepingCapacity: whole.count < 1 << 20)
        try whole.withUnsafeBytes { try hand($0, body) }
      }
      line += 1
    }
    try check(pending.count + chunk.count - start)
    pending.append(contentsOf: chunk[start...])
  }

  /// Hands over the last line, where no line feed ends it.
  public mutating func finish(_ body: (UnsafeRawBufferPointer, Int) throws -> Void) throws {
    let whole = pending
    pending = []
    try whole.withUnsafeBytes { try hand($0, body) }
  }

  private func hand(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer, Int) throws -> Void) throws {
    let content = bytes.last == 0x0D ? UnsafeRawBufferPointer(rebasing: bytes.dropLast()) : bytes
    if content.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return }
    try body(content, line)
  }

  private func check(_ length: Int) throws {
    guard length > limit else { return }
    let place = SourceLocation(file: file, line: line, column: 1)
    throw Diagnostics([
      .error(
        "the line is longer than \(limit) bytes", at: place, help: "write one value a line; is it the right file?")
    ])
  }
}
