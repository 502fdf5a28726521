import Documents
import Quantities

/// A table that lies on its side: a series a row, with the times in the first.
///
///     service,2026-03-02T00:00Z,2026-03-02T01:00Z
///     shop,100,200
struct TransposedTable {
  /// How many columns stand before the first time; at least one.
  private let labels: Int
  private let delimiter: UInt8

  /// Times that a first row must have to be one of times.
  private static let leastTimes = 3

  /// - Parameter head: the first bytes of a file; its first row may be longer.
  /// - Returns: nil where the first row does not end in times.
  init?(_ head: [UInt8], _ options: TraceOptions) {
    var bytes = head[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    var line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
    guard
      let mark = [UInt8(0x2C), 0x3B, 0x09, 0x7C].max(by: { a, b in line.count { $0 == a } < line.count { $0 == b } })
    else { return nil }
    // What is cut off in the middle is no cell.
    if line.count == bytes.count, let last = line.lastIndex(of: mark) { line = line[..<last] }
    guard line.count(where: { $0 == mark }) >= TransposedTable.leastTimes,
      let cells = TransposedTable.rows(Array(line) + [0x0A], mark, file: nil)?.first?.cells
    else { return nil }
    let first = cells.firstIndex { ColumnGuess.isTime($0) } ?? 0
    let times = cells[first...]
    guard first > 0, times.count >= TransposedTable.leastTimes, times.allSatisfy({ ColumnGuess.isTime($0) }) else {
      return nil
    }
    labels = first
    delimiter = mark
  }

  private static func rows(_ bytes: [UInt8], _ delimiter: UInt8, file: String?) -> [(cells: [String], line: Int)]? {
    let options = CSVOptions(delimiter: delimiter, hasHeader: false, isTolerant: true, hasComments: true)
    var header: [String] = []
    guard
      let table = try? CSVTable.parse(
        bytes, file: file, options: options,
        choosing: { (preview) throws(Diagnostics) in
          header = preview.header
          return header.map { .text($0) }
        })
    else { return nil }
    let columns = header.compactMap { table.texts($0) }
    guard let count = columns.first?.count else { return nil }
    return (0..<count).map { row in (columns.map { $0[row].trimmed }, table.line(ofRow: row)) }
  }

  /// The series of the table's rows.
  ///
  /// - Throws: cells that are no numbers, times that are none.
  func traces(
    _ bytes: [UInt8], _ selection: SeriesSelection, _ options: TraceOptions, source: String
  ) throws -> [SeriesReading] {
    let here = SourceLocation(file: source, line: 1, column: 1)
    guard let rows = TransposedTable.rows(bytes, delimiter, file: source), let head = rows.first, rows.count > 1 else {
      throw Diagnostics([
        .error("there is no row below the times", at: here, help: "give a row of values for each series")
      ])
    }
    for row in rows where row.cells.count != head.cells.count {
      throw Diagnostics([
        .error(
          "the row has \(row.cells.count) fields, the row of times \(head.cells.count)",
          at: SourceLocation(file: source, line: row.line, column: 1),
          help: "give every time a value, or leave it empty")
      ])
    }
    let times = Array(head.cells[labels...])
    let name = head.cells[0]
    let form: TimeForm
    switch TimeColumnJudge.verdict(times, name: "time", isNamed: true, order: options.dates) {
    case .form(let found): form = found
    case .open:
      throw Diagnostics([
        .error(
          "whether day or month comes first in '\(times[0])' cannot be told: no column decides", at: here,
          help: "say --dates day-first or --dates month-first (in a plan: dates: day-first)")
      ])
    case .noTimes(let example):
      throw Diagnostics([
        .error(
          "'\(example)' in the first row is no time", at: here,
          help: "write 2026-11-27T08:00:00Z, or seconds since 1970")
      ])
    }
    let wanted = Set(selection.only + selection.values.filter { $0 != "*" })
    // Where several columns name a row, those that are asked for do.
    let named = (0..<labels).filter { selection.series.contains(head.cells[$0]) }
    var result: [SeriesReading] = []
    for row in rows.dropFirst() {
      let keys = (named.isEmpty ? Array(0..<labels) : named).map { row.cells[$0] }
      let title = keys.filter { !$0.isEmpty }.joined(separator: "/")
      guard wanted.isEmpty || wanted.contains(title) || keys.contains(where: wanted.contains) else { continue }
      var work = RowGatherer(
        source: source, options: options, selection: SeriesSelection(), measures: [title.isEmpty ? name : title],
        keyNames: [name], form: form, isDescending: false, delimiter: delimiter)
      work.reading.format = "CSV with the times in the first row"
      work.reading.time = "the first row"
      work.reading.timeForm = form == .text ? "" : form.title
      do throws(Diagnostics) {
        guard let place = try work.place(of: [], { [] }, line: row.line) else { continue }
        for (i, text) in times.enumerated() {
          var text = text
          let column = labels + i + 1
          let moment = text.withUTF8 { work.time(place, UnsafeRawBufferPointer($0), line: 1) }
          guard let moment else { continue }
          let cell = row.cells[labels + i]
          if cell.isEmpty || ColumnGuess.isGap(cell) {
            work.add(place, 0, moment, .nan, line: row.line)
          } else if let plain = Double(cell), plain.isFinite, !(cell.contains(".") && delimiter == 0x3B) {
            work.add(place, 0, moment, plain, line: row.line)
          } else {
            work.add(place, 0, moment, odd: cell, line: row.line, column: column)
          }
        }
        result += try work.finish().map { $0.named(title, keys: keys) }
      } catch { result.append(SeriesReading(title, fault: error)) }
    }
    return result
  }
}

/// A table whose columns are described in several lines before its first row: CloudWatch's and Google Cloud's consoles write what
/// each series is (`Label`, `Region`, `Statistic`, ...), Google Trends a title, data frames one line a level.
struct HeadedTable {
  /// The file with one header in the place of those lines, each of which became a comment.
  let bytes: [UInt8]
  /// What values are, where a line says it.
  private(set) var meaning: ColumnMeaning?

  /// Lines before the first row at most.
  private static let mostLines = 40
  /// Of the keys that begin a line, those that name a series best come first.
  private static let titles = ["label", "fulllabel", "metric", "metricname", "name", "series", "id", "timeseriesid"]

  /// Whether the first bytes of a file are of such a table.
  static func begins(_ head: [UInt8]) -> Bool { parts(head) != nil }

  private struct Parts {
    var lines: [[UInt8]]
    var cells: [[String]]
    /// The lines before the first row that have as many cells as it, by place.
    var heads: [Int]
    var delimiter: UInt8
  }

  private static func parts(_ head: [UInt8]) -> Parts? {
    var lines: [[UInt8]] = []
    var rest = head[...]
    if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    while let end = rest.firstIndex(of: 0x0A), lines.count <= mostLines {
      lines.append(Array(rest[..<end]))
      rest = rest[(end + 1)...]
    }
    guard lines.count > 2 else { return nil }
    for delimiter in [UInt8(0x2C), 0x3B, 0x09] {
      let cells = lines.map { split($0, delimiter) }
      guard let first = cells.firstIndex(where: { $0.count > 1 && isMoment($0[0]) }), first >= 2,
        first < lines.count - 1,
        cells[first + 1].count == cells[first].count, isMoment(cells[first + 1][0])
      else { continue }
      let before = lines.indices.prefix(first).filter { !cells[$0].allSatisfy(\.isEmpty) && lines[$0].first != 0x23 }
      let heads = before.filter { cells[$0].count == cells[first].count }
      // One header behind comments is a table like any other.
      guard before.count >= 2, let last = heads.last, last == before.last else { return nil }
      // A row of numbers is one of data whose time is not understood.
      let isNamed = before.allSatisfy { line in
        !ColumnGuess.isGap(cells[line][0])
          && (!cells[line].dropFirst().contains { Double($0) != nil } || cells[line].count != cells[first].count
            || ["period", "accountid", "account", "id"].contains(ColumnGuess.plain(cells[line][0])))
      }
      guard isNamed else { return nil }
      return Parts(lines: lines, cells: cells, heads: heads, delimiter: delimiter)
    }
    return nil
  }

  private static func isMoment(_ text: String) -> Bool { Double(text) == nil && ColumnGuess.isTime(text) }

  /// The cells of a line; quotes hold delimiters, and go.
  private static func split(_ line: [UInt8], _ delimiter: UInt8) -> [String] {
    var cells: [String] = []
    var cell: [UInt8] = []
    var isQuoted = false
    for byte in line where byte != 0x0D {
      if byte == 0x22 {
        isQuoted.toggle()
      } else if byte == delimiter, !isQuoted {
        cells.append(String(decoding: cell, as: UTF8.self).trimmed)
        cell = []
      } else {
        cell.append(byte)
      }
    }
    cells.append(String(decoding: cell, as: UTF8.self).trimmed)
    return cells
  }

  /// - Parameter file: all bytes of it.
  init?(_ file: [UInt8]) {
    guard let parts = HeadedTable.parts(Array(file.prefix(1 << 16))), let last = parts.heads.last else { return nil }
    let width = parts.cells[last].count
    var names: [String]
    if parts.heads.count == 1 || ColumnGuess.timeNames.contains(ColumnGuess.plain(parts.cells[last][0])) {
      // A header below a title, or header lines that stand below each other: a name for each level.
      names = (0..<width).map { column in
        var levels: [String] = []
        for head in parts.heads where !parts.cells[head][column].isEmpty && levels.last != parts.cells[head][column] {
          levels.append(parts.cells[head][column])
        }
        return column == 0 ? parts.cells[last][0] : levels.joined(separator: "/")
      }
    } else {
      let keyed = parts.heads.map { (ColumnGuess.plain(parts.cells[$0][0]), parts.cells[$0]) }
      let title = HeadedTable.titles.lazy.compactMap { key in keyed.first { $0.0 == key } }.first ?? keyed[0]
      names = title.1
      for (key, cells) in keyed {
        let said = Set(cells.dropFirst().map { $0.lowercased() })
        if key == "statistic" || key == "stat" {
          if said.isSubset(of: ["sum", "samplecount", "sample count"]) { meaning = .count }
        } else if key == "unit", said.allSatisfy({ $0.hasSuffix("/second") }) {
          meaning = .rate(per: 1)
        }
      }
    }
    names[0] = "time"
    // Names that are the same say nothing apart.
    for i in names.indices where names[i].isEmpty || names[..<i].contains(names[i]) { names[i] += " (\(i + 1))" }
    var made: [UInt8] = []
    for _ in 0..<last { made += [0x23, 0x0A] }
    let mark = String(decoding: [parts.delimiter], as: UTF8.self)
    made += Array(names.map { "\"\($0.replacing("\"", with: "'"))\"" }.joined(separator: mark).utf8)
    var rest = file[...]
    for _ in 0...last {
      guard let end = rest.firstIndex(of: 0x0A) else { return nil }
      rest = rest[(end + 1)...]
    }
    bytes = made + [0x0A] + rest
  }
}
