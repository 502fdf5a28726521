import Glibc

/// The fast part of reading CSV: rows from bytes into the columns that are kept.
struct CSVRows {
  /// What becomes of a column's fields: kept as numbers, as text, as both, or passed over.
  struct Slot {
    var number: Int?
    var text: Int?
    /// Where cells go that are no plain numbers, instead of being told.
    var odd: Int?
    var holdsPoints = false
    var isSkipped: Bool { number == nil && text == nil }
  }

  private let file: String?
  private let delimiter: UInt8
  private let width: Int
  private let isTolerant: Bool
  private let hasComments: Bool
  private(set) var slots: [Slot]
  private var names: [String]
  private(set) var numbers: [[Double]] = []
  private(set) var texts: [TextColumn] = []
  private(set) var odds: [OddCells] = []
  private(set) var rowCount = 0
  private(set) var lines = CSVLines()
  /// The line on which the next row begins.
  private(set) var line: Int
  private var problems: [Diagnostic] = []
  private(set) var problemCount = 0
  /// Where the row that is being read begins, for columns of diagnostics.
  private var rowStart: UnsafePointer<UInt8>?

  /// How many problems are told one by one; the rest are counted.
  static let problemLimit = 20

  init(file: String?, delimiter: UInt8, width: Int, firstLine: Int, isTolerant: Bool, hasComments: Bool = false) {
    self.file = file
    self.delimiter = delimiter
    self.width = width
    self.isTolerant = isTolerant
    self.hasComments = hasComments
    slots = Array(repeating: Slot(), count: width)
    names = Array(repeating: "", count: width)
    line = firstLine
  }

  /// Keeps a column.
  mutating func keep(_ position: Int, as kind: CSVColumn.Kind, name: String) {
    names[position] = name
    switch kind {
    case .number where slots[position].number == nil:
      slots[position].number = numbers.count
      numbers.append([])
    case .measure(let holdsPoints) where slots[position].number == nil:
      slots[position].number = numbers.count
      slots[position].odd = odds.count
      slots[position].holdsPoints = holdsPoints
      numbers.append([])
      odds.append(OddCells())
    case .text where slots[position].text == nil:
      slots[position].text = texts.count
      texts.append(TextColumn())
    default: return
    }
  }

  /// What went wrong: errors, or warnings of a tolerant reading.
  func diagnostics() -> Diagnostics {
    var found = Diagnostics(problems)
    if problemCount > problems.count {
      let message = "\(problemCount - problems.count) more of this kind"
      found.append(Diagnostic(severity: problems[0].severity, message: message, location: nil))
    }
    return found
  }

  /// Forgets the rows read so far; what follows is read as before.
  mutating func removeRows() {
    for i in numbers.indices { numbers[i].removeAll(keepingCapacity: true) }
    for i in texts.indices { texts[i].removeAll() }
    for i in odds.indices {
      odds[i].rows.removeAll(keepingCapacity: true)
      odds[i].columns.removeAll(keepingCapacity: true)
      odds[i].texts.removeAll()
    }
    rowCount = 0
    lines = CSVLines()
  }

  /// Takes all whole rows; returns the bytes used.
  mutating func consume(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, isFinal: Bool) -> Int {
    var p = start
    while p < end {
      guard let next = row(p, end, isFinal) else {
        // The row goes on behind these bytes: it is read again from its start when they are there.
        rollBack()
        break
      }
      p = next
    }
    return p - start
  }

  private mutating func rollBack() {
    for i in numbers.indices where numbers[i].count > rowCount { numbers[i].removeLast(numbers[i].count - rowCount) }
    for i in texts.indices { texts[i].truncate(to: rowCount) }
    for i in odds.indices {
      while let last = odds[i].rows.last, last >= rowCount {
        odds[i].rows.removeLast()
        odds[i].columns.removeLast()
      }
      odds[i].texts.truncate(to: odds[i].rows.count)
    }
  }

  // MARK: One row

  /// Reads the row that begins at `start`; one past its line's end, or nil where the bytes end first.
  @inline(__always)
  private mutating func row(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ isFinal: Bool
  ) -> UnsafePointer<UInt8>? {
    if start.pointee == 0x0A || start.pointee == 0x0D {
      // A blank line.
      let next = start.pointee == 0x0D ? start + 1 : start
      if next == end {
        if !isFinal { return nil }
        return end
      }
      if next.pointee == 0x0A {
        line += 1
        return next + 1
      }
    }
    if hasComments, start.pointee == UInt8(ascii: "#") {
      var p = start
      while p < end, p.pointee != 0x0A { p += 1 }
      if p == end { return isFinal ? end : nil }
      line += 1
      return p + 1
    }
    rowStart = start
    var p = start
    var column = 0
    var newLines = 0
    // Problems of a row that turns out to go on behind the bytes must not be told twice.
    let problemsBefore = (problems.count, problemCount)
    while true {
      let slot = column < width ? slots[column] : Slot()
      var isDone = false
      if let index = slot.number, slot.text == nil, let reading = DecimalReader.read(p, end, .relaxed),
        reading.end < end, reading.end.pointee == delimiter || reading.end.pointee == 0x0A,
        reading.isInteger || !slot.holdsPoints
      {
        numbers[index].append(reading.value.isInfinite ? .nan : reading.value)
        if reading.value.isInfinite { noNumber(p, reading.end, slot, column, newLines) }
        p = reading.end
        isDone = true
      }
      if !isDone {
        guard let next = field(p, end, slot, column, isFinal, &newLines) else {
          problems.removeLast(problems.count - problemsBefore.0)
          problemCount = problemsBefore.1
          return nil
        }
        p = next
      }
      column += 1
      if p == end { break }
      if p.pointee == delimiter {
        p += 1
        continue
      }
      newLines += 1
      p += 1
      break
    }
    if column == width {
      lines.note(row: rowCount, line: line)
      rowCount += 1
    } else {
      rollBack()
      problem(
        "the row has \(column) fields, the header \(width)", line,
        help: isTolerant
          ? "it was left out"
          : column == width + 1 && delimiter == UInt8(ascii: ",")
            ? "put numbers with a decimal comma in quotes, or separate fields by semicolons"
            : "put fields that hold '\(Character(Unicode.Scalar(delimiter)))' in quotes")
    }
    line += newLines
    return p
  }

  /// Reads any field from its first byte to the delimiter, line feed or end behind it; nil where the bytes end first.
  private mutating func field(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ slot: Slot, _ column: Int, _ isFinal: Bool,
    _ newLines: inout Int
  ) -> UnsafePointer<UInt8>? {
    if start < end, start.pointee == UInt8(ascii: "\"") {
      return quotedField(start, end, slot, column, isFinal, &newLines)
    }
    var p = start
    let delimiter = self.delimiter
    while p < end, p.pointee != delimiter, p.pointee != 0x0A { p += 1 }
    if p == end, !isFinal { return nil }
    if !slot.isSkipped {
      var last = p
      if last > start, last[-1] == 0x0D, p == end || p.pointee == 0x0A { last -= 1 }
      keep(UnsafeBufferPointer(start: start, count: last - start), slot, column, newLines)
    }
    return p
  }

  private mutating func quotedField(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ slot: Slot, _ column: Int, _ isFinal: Bool,
    _ newLines: inout Int
  ) -> UnsafePointer<UInt8>? {
    var p = start + 1
    var hasDoubled = false
    let linesBefore = newLines
    while true {
      guard p < end else {
        if !isFinal { return nil }
        problem("a quote is opened here and never closed", line + linesBefore, help: "close it, or double it inside")
        return end
      }
      if p.pointee == UInt8(ascii: "\"") {
        guard p + 1 < end, p[1] == UInt8(ascii: "\"") else { break }
        hasDoubled = true
        p += 2
        continue
      }
      if p.pointee == 0x0A { newLines += 1 }
      p += 1
    }
    let content = UnsafeBufferPointer(start: start + 1, count: p - start - 1)
    p += 1
    if p < end, p.pointee == 0x0D, p + 1 == end || p[1] == 0x0A { p += 1 }
    if p < end, p.pointee != delimiter, p.pointee != 0x0A {
      problem("text follows a closing quote", line + newLines, help: "write quotes inside quotes twice")
      while p < end, p.pointee != delimiter, p.pointee != 0x0A { p += 1 }
    }
    if p == end, !isFinal { return nil }
    if slot.isSkipped { return p }
    if hasDoubled {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(content.count)
      var i = 0
      while i < content.count {
        bytes.append(content[i])
        i += content[i] == UInt8(ascii: "\"") ? 2 : 1
      }
      // A copy lies anywhere: its bytes have no column.
      let begin = rowStart
      rowStart = nil
      bytes.withUnsafeBufferPointer { keep($0, slot, column, linesBefore) }
      rowStart = begin
    } else {
      keep(content, slot, column, linesBefore)
    }
    return p
  }

  private mutating func keep(_ bytes: UnsafeBufferPointer<UInt8>, _ slot: Slot, _ column: Int, _ newLines: Int) {
    if let index = slot.text { texts[index].append(bytes) }
    guard let index = slot.number else { return }
    guard var start = bytes.baseAddress else {
      numbers[index].append(.nan)
      return
    }
    var end = start + bytes.count
    while start < end, start.pointee == 0x20 || start.pointee == 0x09 { start += 1 }
    while start < end, end[-1] == 0x20 || end[-1] == 0x09 { end -= 1 }
    if let reading = DecimalReader.read(start, end, .relaxed), reading.end == end, reading.value.isFinite,
      reading.isInteger || !slot.holdsPoints
    {
      numbers[index].append(reading.value)
      return
    }
    numbers[index].append(.nan)
    if !CSVRows.isMissing(UnsafeBufferPointer(start: start, count: end - start)) {
      noNumber(start, end, slot, column, newLines)
    }
  }

  /// A cell that is not missing and no plain number: kept for the judge of its column, or told.
  @inline(never)
  private mutating func noNumber(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ slot: Slot, _ column: Int, _ newLines: Int
  ) {
    guard let odd = slot.odd else { return badNumber(start, end, column, newLines) }
    odds[odd].rows.append(rowCount)
    odds[odd].columns.append(Int32(truncatingIfNeeded: place(of: start)))
    odds[odd].texts.append(UnsafeBufferPointer(start: start, count: end - start))
  }

  /// The column of a byte of the row, from 1; 1 where it lies in a copy of the field.
  private func place(of byte: UnsafePointer<UInt8>) -> Int {
    guard let rowStart, byte >= rowStart, byte - rowStart < 1 << 20 else { return 1 }
    return byte - rowStart + 1
  }

  /// The usual ways to write that a number is missing, in any letter case.
  static func isMissing(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard bytes.count <= 6 else { return false }
    switch String(decoding: bytes, as: UTF8.self).lowercased() {
    case "", "na", "n/a", "nan", "null", "none", "nil", "-", "--", "\u{2013}", "\u{2014}", "#n/a", "\\n", "(null)",
      "<na>":
      return true
    default: return false
    }
  }

  // MARK: Problems

  @inline(never)
  private mutating func badNumber(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ column: Int, _ newLines: Int
  ) {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: min(end - start, 60)), as: UTF8.self)
    let help =
      text.contains(",")
      ? "write a decimal point, and no separators between thousands"
      : "write a number, or leave the field empty where it is missing"
    problem("'\(names[column])' is not a number: \"\(text)\"", line + newLines, column: place(of: start), help: help)
  }

  @inline(never)
  private mutating func problem(_ message: String, _ line: Int, column: Int = 1, help: String) {
    problemCount += 1
    guard problems.count < CSVRows.problemLimit else { return }
    let place = SourceLocation(file: file, line: line, column: column)
    problems.append(
      Diagnostic(severity: isTolerant ? .warning : .error, message: message, location: place, help: help))
  }
}
