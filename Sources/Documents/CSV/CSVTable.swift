/// The chosen columns of a CSV file (RFC 4180), read in chunks: memory is what is kept.
///
/// Fields may be quoted, doubled quotes inside; lines end with or without a carriage return; a byte order mark and
/// blank lines are passed over; `.gz` is unpacked. There are no comment lines.
///
///     let table = try CSVTable.read(path: "traffic.csv", columns: [.text("time"), .number("requests_per_second")])
///     let rates = table.numbers("requests_per_second")
public struct CSVTable: Sendable {
  /// The file's name, for messages.
  public let file: String?
  /// The byte between fields.
  public let delimiter: UInt8
  /// The names of all columns in the file, kept or not.
  public let header: [String]
  /// The number of rows.
  public let rowCount: Int
  /// What a tolerant reading left out or could not read.
  public let warnings: Diagnostics
  /// How many rows a tolerant reading left out, and numbers it could not read, so far.
  public let problemCount: Int

  private let numberColumns: [String: [Double]]
  private let textColumns: [String: TextColumn]
  private let oddColumns: [String: OddCells]
  private let lines: CSVLines

  init(
    file: String?, delimiter: UInt8, header: [String], rows: CSVRows, columns: [CSVColumn], positions: [Int?],
    warnings: Diagnostics
  ) {
    self.file = file
    self.delimiter = delimiter
    self.header = header
    self.warnings = warnings
    rowCount = rows.rowCount
    problemCount = rows.problemCount
    lines = rows.lines
    var numbers: [String: [Double]] = [:]
    var texts: [String: TextColumn] = [:]
    var odds: [String: OddCells] = [:]
    for (column, position) in zip(columns, positions) {
      guard let position else { continue }
      switch (column.kind, rows.slots[position]) {
      case (.number, let slot): if let index = slot.number { numbers[column.name] = rows.numbers[index] }
      case (.measure, let slot):
        if let index = slot.number { numbers[column.name] = rows.numbers[index] }
        if let index = slot.odd { odds[column.name] = rows.odds[index] }
      case (.text, let slot): if let index = slot.text { texts[column.name] = rows.texts[index] }
      }
    }
    numberColumns = numbers
    textColumns = texts
    oddColumns = odds
  }

  /// The values of a column that was chosen as numbers, one a row.
  public func numbers(_ name: String) -> [Double]? { numberColumns[name] }

  /// The values of a column that was chosen as text, one a row.
  public func texts(_ name: String) -> TextColumn? { textColumns[name] }

  /// The cells of a column chosen as ``CSVColumn/Kind/measure(holdingPoints:)`` that are neither plain numbers nor missing;
  /// their numbers are NaN.
  public func oddCells(_ name: String) -> OddCells? { oddColumns[name] }

  /// The line of the file on which a row begins, from 1.
  public func line(ofRow row: Int) -> Int { lines.line(of: row) }

  /// Where a row begins, for a diagnostic.
  public func location(ofRow row: Int) -> SourceLocation {
    SourceLocation(file: file, line: line(ofRow: row), column: 1)
  }

  // MARK: Reading

  /// Reads the named columns of a file.
  ///
  /// - Throws: ``DocumentError`` where the file cannot be read, ``Diagnostics`` for what is wrong in it.
  public static func read(
    path: String, columns: [CSVColumn], options: CSVOptions = CSVOptions()
  ) throws -> CSVTable {
    try read(path: path, options: options) { (_) throws(Diagnostics) -> [CSVColumn] in columns }
  }

  /// Reads the columns that a closure chooses when it has seen the header and the first rows.
  public static func read(
    path: String, options: CSVOptions = CSVOptions(),
    choosing choose: (CSVPreview) throws(Diagnostics) -> [CSVColumn]
  ) throws -> CSVTable {
    var reader = CSVReader(file: path == "-" ? nil : path, options: options)
    try Input.stream(path: path) { try reader.feed($0, choose) }
    return try reader.finish(choose)
  }

  /// Reads a file of any length in batches of rows, each a table of its own, in the order of the file: memory is that
  /// of one batch.
  ///
  /// - Parameter name: what messages call the file, where it is not its path.
  /// - Returns: what a tolerant reading left out or could not read.
  /// - Throws: as ``read(path:options:choosing:)``, and what `batch` throws, which ends the reading.
  public static func stream(
    path: String, named name: String? = nil, options: CSVOptions = CSVOptions(),
    choosing choose: (CSVPreview) throws(Diagnostics) -> [CSVColumn], batch: (CSVTable) throws -> Void
  ) throws -> Diagnostics {
    var reader = CSVReader(file: name ?? (path == "-" ? nil : path), options: options)
    try Input.stream(path: path, named: name) { chunk in
      try reader.feed(chunk, choose)
      try reader.batch(batch)
    }
    let rest = try reader.finish(choose)
    if rest.rowCount > 0 { try batch(rest) }
    return rest.warnings
  }

  /// Reads the named columns from memory.
  public static func parse(
    _ bytes: [UInt8], file: String? = nil, columns: [CSVColumn], options: CSVOptions = CSVOptions()
  ) throws(Diagnostics) -> CSVTable {
    try parse(bytes, file: file, options: options) { (_) throws(Diagnostics) -> [CSVColumn] in columns }
  }

  /// Reads from memory the columns that a closure chooses when it has seen the header and the first rows.
  public static func parse(
    _ bytes: [UInt8], file: String? = nil, options: CSVOptions = CSVOptions(),
    choosing choose: (CSVPreview) throws(Diagnostics) -> [CSVColumn]
  ) throws(Diagnostics) -> CSVTable {
    var reader = CSVReader(file: file, options: options)
    try bytes.withUnsafeBufferPointer { (buffer) throws(Diagnostics) -> Void in
      // In pieces, so that no second copy of the whole comes to be.
      var rest = buffer[...]
      while !rest.isEmpty {
        let piece = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: rest.prefix(Input.chunkSize)))
        try reader.feed(piece, choose)
        rest = rest.dropFirst(Input.chunkSize)
      }
    }
    return try reader.finish(choose)
  }

  /// The delimiter, the header and the first rows of a file, without reading the rest.
  public static func preview(path: String, options: CSVOptions = CSVOptions()) throws -> CSVPreview {
    struct Seen: Error {}
    var preview: CSVPreview?
    var reader = CSVReader(file: path == "-" ? nil : path, options: options)
    let note = { (seen: CSVPreview) throws(Diagnostics) -> [CSVColumn] in
      preview = seen
      return []
    }
    do {
      try Input.stream(path: path) { chunk in
        try reader.feed(chunk, note)
        if preview != nil { throw Seen() }
      }
      _ = try reader.finish(note)
    } catch is Seen {}
    guard let preview else { throw Diagnostics([.error("there is no table", at: nil)]) }
    return preview
  }
}

/// The line on which each row begins: one entry wherever a row does not follow on the line after the last.
struct CSVLines: Sendable {
  private var firstRows: [Int] = []
  private var firstLines: [Int] = []

  mutating func note(row: Int, line: Int) {
    if let firstRow = firstRows.last, let firstLine = firstLines.last, line - row == firstLine - firstRow { return }
    firstRows.append(row)
    firstLines.append(line)
  }

  func line(of row: Int) -> Int {
    var (low, high) = (0, firstRows.count)
    while low < high {
      let middle = (low + high) / 2
      if firstRows[middle] <= row { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? row + 1 : firstLines[low - 1] + row - firstRows[low - 1]
  }
}
