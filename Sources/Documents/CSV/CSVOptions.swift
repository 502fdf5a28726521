/// How a CSV file is written, and how strictly it is read.
public struct CSVOptions: Sendable {
  /// The byte between fields, or nil to find out: comma, semicolon, tab or bar.
  public var delimiter: UInt8?
  /// Whether the first row names the columns. Without one the columns are called `1`, `2` and so on.
  public var hasHeader: Bool
  /// Whether a first row is one of data after all, where that shows in its fields.
  public var isData: (@Sendable ([String]) -> Bool)?
  /// Whether rows of a wrong length are left out and unreadable numbers become NaN, each with a warning, instead of
  /// being errors.
  public var isTolerant: Bool
  /// Whether lines that begin with `#` are comments: kept for ``CSVPreview/comments`` before the header, passed over
  /// behind it. Annotated exports write them.
  public var hasComments: Bool
  /// The longest row in bytes, so that a file that is no table cannot fill the memory.
  public var rowLimit: Int

  /// Strict reading with a header unless told otherwise.
  public init(
    delimiter: UInt8? = nil, hasHeader: Bool = true, isTolerant: Bool = false, hasComments: Bool = false,
    rowLimit: Int = 16 << 20
  ) {
    self.delimiter = delimiter
    self.hasHeader = hasHeader
    self.isTolerant = isTolerant
    self.hasComments = hasComments
    self.rowLimit = rowLimit
  }
}

/// A column to keep from a CSV file, by its name.
public struct CSVColumn: Hashable, Sendable {
  /// How its values are kept.
  public enum Kind: Hashable, Sendable {
    /// As doubles; empty, NA, N/A, NaN, null, None and - are NaN.
    case number
    /// As their bytes.
    case text
    /// As doubles where they are plain numbers; what is neither plain nor missing is kept as text with its row
    /// (``CSVTable/oddCells(_:)``), for a reader that judges the column as a whole. With `holdingPoints` so are numbers
    /// with a point, which may stand between thousands.
    case measure(holdingPoints: Bool)
  }

  /// The name in the header.
  public var name: String
  /// How its values are kept.
  public var kind: Kind
  /// Whether the file must have it.
  public var isRequired: Bool

  /// A column of numbers.
  public static func number(_ name: String, isRequired: Bool = true) -> CSVColumn {
    CSVColumn(name: name, kind: .number, isRequired: isRequired)
  }

  /// A column of numbers that are judged as a whole.
  public static func measure(_ name: String, holdingPoints: Bool = false) -> CSVColumn {
    CSVColumn(name: name, kind: .measure(holdingPoints: holdingPoints), isRequired: true)
  }

  /// A column of text.
  public static func text(_ name: String, isRequired: Bool = true) -> CSVColumn {
    CSVColumn(name: name, kind: .text, isRequired: isRequired)
  }
}

/// What a CSV file looks like, before its columns are chosen.
public struct CSVPreview: Sendable {
  /// The byte between fields.
  public var delimiter: UInt8
  /// The names of the columns.
  public var header: [String]
  /// The first rows, up to ``mostRows``.
  public var rows: [[String]]
  /// The lines before the header that begin with `#`, where the options say that they are comments.
  public var comments: [String] = []

  /// Enough to see how a column is written: three weeks of hours.
  public static let mostRows = 504
}

/// Cells of a column of numbers that are neither plain numbers nor missing.
public struct OddCells: Sendable {
  /// The row of each, in ascending order.
  public internal(set) var rows: [Int] = []
  /// The byte of its line at which each begins, from 1.
  public internal(set) var columns: [Int32] = []
  public internal(set) var texts = TextColumn()

  /// None.
  public init() {}
}

/// Text values, packed: one run of bytes and where each value ends.
public struct TextColumn: Sendable {
  private(set) var bytes: [UInt8] = []
  private(set) var ends: [Int] = []

  /// The number of values.
  public var count: Int { ends.count }

  /// A value as a string; bytes that are not UTF-8 are replaced by U+FFFD.
  public subscript(index: Int) -> String {
    String(decoding: bytes[range(index)], as: UTF8.self)
  }

  /// Calls a closure with a value's bytes, which must not leave it.
  public func withBytes<R>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    let range = range(index)
    return try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// Calls a closure with the index and the bytes of every value in turn: the way to read a long column.
  public func forEach(_ body: (Int, UnsafeRawBufferPointer) throws -> Void) rethrows {
    try bytes.withUnsafeBytes { buffer in
      var start = 0
      for (i, end) in ends.enumerated() {
        try body(i, UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
        start = end
      }
    }
  }

  private func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

  mutating func append(_ value: UnsafeBufferPointer<UInt8>) {
    bytes.append(contentsOf: value)
    ends.append(bytes.count)
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }

  mutating func truncate(to count: Int) {
    guard ends.count > count else { return }
    ends.removeLast(ends.count - count)
    bytes.removeLast(bytes.count - (ends.last ?? 0))
  }
}
