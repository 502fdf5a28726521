/// What stands before the header of a table: comment lines, blank lines, and the `sep=;` by which Excel is told.
struct CSVPreamble {
  /// One past the preamble's last byte.
  private(set) var end = 0
  /// How many lines it has.
  private(set) var lines = 0
  private(set) var comments: [String] = []
  /// The byte between fields, where a line says it.
  private(set) var delimiter: UInt8?

  init(_ bytes: [UInt8], hasComments: Bool) {
    while end < bytes.count {
      var next = end
      while next < bytes.count, bytes[next] != 0x0A { next += 1 }
      var last = next
      if last > end, bytes[last - 1] == 0x0D { last -= 1 }
      let line = bytes[end..<last]
      if line.starts(with: "sep=".utf8), line.count == 5, lines == 0 {
        delimiter = line.last
      } else if hasComments, line.first == UInt8(ascii: "#") {
        comments.append(String(decoding: line, as: UTF8.self))
      } else if !(hasComments && next < bytes.count && line.allSatisfy { $0 == 0x20 || $0 == 0x09 }) {
        return
      }
      guard next < bytes.count else { return }
      end = next + 1
      lines += 1
    }
  }
}
