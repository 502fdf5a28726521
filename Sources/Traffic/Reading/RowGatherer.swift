import Documents
import Quantities

/// Gathers the rows of a file into series: tells series apart, reads times in the column's form, and holds cells that are
/// no plain numbers until the column as a whole says how they are written.
struct RowGatherer {
  /// A column of values.
  struct Measure {
    var name: String
    /// The unit in its name.
    var unit: MeasureUnit?
    /// The unit behind its first number that has one.
    var cellUnit: (text: String, unit: MeasureUnit)?
  }

  let source: String
  let options: TraceOptions
  let selection: SeriesSelection
  var measures: [Measure]
  let form: TimeForm
  var reading = ReadingReport()
  var notes: [TraceNote] = []
  /// What all values are, where the file says it beside its columns' names.
  var meaning: ColumnMeaning?
  private let isDescending: Bool
  /// What names the series of a row, in words.
  private let keyNames: [String]
  private var buffers: [SeriesBuffer] = []
  private var readers: [TimeCellReader] = []
  private var places: [[UInt8]: Int] = [:]
  private var names: Set<String> = []
  private var last: (key: [UInt8], place: Int) = ([], -2)
  private var judge: NotationJudge
  private var notation: NumberNotation?
  private var odd = OddStore()
  /// Cells that cannot be read, by buffer, and how many in all.
  private var bad: [Int: UnreadCells] = [:]
  private var badCount = 0
  /// What else is wrong with a series, by buffer.
  private var failed: [Int: Diagnostics] = [:]
  private var sinceShortened = 0
  /// Rows left out because they have the wrong length.
  var ragged = (count: 0, first: [Diagnostic]())

  /// Rows kept as they are before sums are made: some 25 MB.
  static let mostRows = 500_000
  /// Series at most in one file.
  static let mostSeries = 200_000

  init(
    source: String, options: TraceOptions, selection: SeriesSelection, measures: [String], keyNames: [String],
    form: TimeForm, isDescending: Bool, delimiter: UInt8?
  ) {
    self.source = source
    self.options = options
    self.selection = selection
    self.measures = measures.map { Measure(name: $0, unit: RowGatherer.unit(in: $0)) }
    self.keyNames = keyNames
    self.form = form
    self.isDescending = isDescending
    judge = NotationJudge(delimiter: delimiter)
  }

  /// The unit in the parentheses or brackets that end a column's name.
  static func unit(in name: String) -> MeasureUnit? {
    let text = name.trimmed
    guard let close = text.last, close == ")" || close == "]",
      let open = text.lastIndex(of: close == ")" ? "(" : "["), open > text.startIndex
    else { return nil }
    return MeasureUnit(String(text[text.index(after: open)...].dropLast()))
  }

  // MARK: - Rows

  /// The series of the texts that name it; nil where it is not among those that are wanted.
  mutating func place(of key: [UInt8], _ keys: () -> [String], line: Int) throws(Diagnostics) -> Int? {
    if last.place > -2, key == last.key { return last.place < 0 ? nil : last.place }
    let found: Int
    if let known = places[key] {
      found = known
    } else {
      found = try begin(keys(), line: line) ?? -1
      places[key] = found
    }
    last = (key, found)
    return found < 0 ? nil : found
  }

  private mutating func begin(_ keys: [String], line: Int) throws(Diagnostics) -> Int? {
    let name = keys.joined(separator: "/")
    let here = SourceLocation(file: source, line: line, column: 1)
    guard names.insert(name).inserted else {
      throw Diagnostics([
        .error(
          "two series would be named '\(name)': values of '\(keyNames.joined(separator: "', '"))' hold a '/'", at: here,
          help: "write another character for '/' in one of these columns")
      ])
    }
    let isWanted =
      selection.only.isEmpty || selection.only.contains(name) || keys.contains { selection.only.contains($0) }
      || measures.contains { selection.only.contains($0.name) }
    guard isWanted else { return nil }
    guard readers.count < RowGatherer.mostSeries else {
      throw Diagnostics([
        .error(
          "there are more than \(RowGatherer.mostSeries) series", at: here,
          help: "name the column that tells series apart, not one that numbers rows")
      ])
    }
    for measure in measures {
      let own = measures.count == 1 ? name : (name.isEmpty ? measure.name : "\(name)/\(measure.name)")
      buffers.append(SeriesBuffer(name: own, keys: keys))
    }
    readers.append(TimeCellReader(file: source, zone: options.zone, form: form, isDescending: isDescending))
    return readers.count - 1
  }

  /// The time of a row; nil, and a diagnostic, where it is none.
  @inline(__always)
  mutating func time(_ series: Int, _ cell: UnsafeRawBufferPointer, line: Int) -> Timestamp? {
    readers[series].read(cell, line: line)
  }

  @inline(__always)
  mutating func add(_ series: Int, _ measure: Int, _ time: Timestamp, _ value: Double, line: Int) {
    buffers[series * measures.count + measure].add(time, value, line: line)
  }

  /// A cell that is neither a plain number nor missing.
  mutating func add(_ series: Int, _ measure: Int, _ time: Timestamp, odd text: String, line: Int, column: Int) {
    let at = series * measures.count + measure
    if let notation, buffers[at].isLong {
      let value = number(text, at, notation, line: line, column: column)
      return buffers[at].add(time, value.map { $0 * factor(measure) } ?? .nan, line: line)
    }
    odd.add(buffer: at, row: buffers[at].kept, measure: measure, line: line, column: column, text)
    buffers[at].add(time, .nan, line: line)
  }

  mutating func reserve(_ count: Int) {
    for i in buffers.indices { buffers[i].reserve(count) }
  }

  /// Keeps the memory bounded: called after each part of the file.
  mutating func settle(rows: Int) throws(Diagnostics) {
    sinceShortened += rows * measures.count
    guard sinceShortened >= RowGatherer.mostRows else { return }
    sinceShortened = 0
    try resolve()
    for i in buffers.indices where buffers[i].kept >= 1000 {
      let measure = i % measures.count
      let (describe, name) = (describer(i), title(i))
      if !buffers[i].isLong { buffers[i].scale(by: factor(measure)) }
      do throws(Diagnostics) {
        try buffers[i].shorten(describe, options: options, source: name)
      } catch {
        failed[i] = failed[i] ?? error
        buffers[i] = SeriesBuffer(name: buffers[i].name, keys: buffers[i].keys)
      }
    }
    for buffer in buffers where !buffer.isLong { sinceShortened += buffer.kept }
    sinceShortened = min(sinceShortened, RowGatherer.mostRows / 2)
  }

  // MARK: - Numbers

  /// Reads the cells that were held.
  private mutating func resolve() throws(Diagnostics) {
    guard odd.count > 0 else { return }
    if notation == nil {
      for i in 0..<odd.count {
        let text = odd.text(i)
        if let cell = NumberCell(text) { judge.see(cell, text) }
      }
      if judge.openPoint.count + judge.openComma.count > 0 {
        for buffer in buffers { for value in buffer.columns.values { judge.see(plain: value) } }
      }
      guard let found = judge.notation(said: options.decimal) else {
        throw Diagnostics([
          judge.question(
            measures[Int(odd.entries[0].measure)].name,
            at: SourceLocation(file: source, line: Int(odd.entries[0].line), column: Int(odd.entries[0].column)))
        ])
      }
      notation = found
      if found.decimal == .comma || found.groups != nil {
        reading.numbers =
          "decimal \(found.decimal == .comma ? "comma" : "point")"
          + (found.groups.map { ", \($0) between thousands" } ?? "")
      }
    }
    guard let notation else { return }
    for i in 0..<odd.count {
      let entry = odd.entries[i]
      let value = number(odd.text(i), Int(entry.buffer), notation, line: Int(entry.line), column: Int(entry.column))
      buffers[Int(entry.buffer)].set(Int(entry.row), value ?? .nan)
    }
    odd = OddStore()
  }

  /// The number of a cell with its unit; nil, and a diagnostic, where it is none.
  private mutating func number(
    _ text: String, _ buffer: Int, _ notation: NumberNotation, line: Int, column: Int
  ) -> Double? {
    let measure = buffer % measures.count
    func fail(_ what: String, _ help: String) -> Double? {
      badCount += 1
      bad[buffer, default: UnreadCells()].count += 1
      if bad[buffer]?.first.count ?? 0 < (bad.count < 1000 ? 5 : 1) {
        bad[buffer]?.first.append(
          .error(
            "'\(String(text.prefix(40)))' in column '\(measures[measure].name)' \(what)",
            at: SourceLocation(file: source, line: line, column: column), help: help))
      }
      return nil
    }
    guard let cell = NumberCell(text) else {
      return fail("is no number", "write a number, or leave the cell empty where there is none")
    }
    guard let value = cell.value(notation) else {
      return fail(
        "is no number with a decimal \(notation.decimal == .comma ? "comma" : "point"), as the rest of the column has it",
        "write all numbers alike, or say --decimal '\(notation.decimal == .comma ? "." : ",")'")
    }
    guard !cell.suffix.isEmpty else { return value }
    guard let unit = MeasureUnit(cell.suffix) else {
      return fail(
        "has a unit that is not known",
        "known are K, M, G, T, Mil, Bil, %, ns to days, kB, KiB and so on, each also per time (/s)")
    }
    guard let first = measures[measure].cellUnit else {
      measures[measure].cellUnit = (cell.suffix, unit)
      return scaled(value, unit, against: unit)
    }
    let (one, other) = (unit.dimension, first.unit.dimension)
    let isCounted = (one == .number || one == .rate) && (other == .number || other == .rate)
    let isLike = one == other || isCounted
    guard isLike else { return fail("is in another unit than '\(first.text)' above", "write all values in one unit") }
    if unit.dimension == .rate { measures[measure].cellUnit = (cell.suffix, unit) }
    return scaled(value, unit, against: first.unit)
  }

  /// Rates to per second, bytes to bytes; times stay in the unit of the first.
  private func scaled(_ value: Double, _ unit: MeasureUnit, against first: MeasureUnit) -> Double {
    unit.dimension == .time ? value * (unit.scale / first.scale) : value * unit.scale
  }

  /// By what the unit in a column's name multiplies its numbers.
  private func factor(_ measure: Int) -> Double {
    guard let unit = measures[measure].unit, unit.dimension == .number || unit.dimension == .rate else { return 1 }
    return unit.scale
  }

  // MARK: - The end

  private func title(_ buffer: Int) -> String {
    buffers[buffer].name.isEmpty || buffers.count == 1 ? source : "\(source), \(buffers[buffer].name)"
  }

  /// What all series of the file share.
  private func describer(_ i: Int) -> (inout TraceColumns) -> Void {
    let measure = measures[i % measures.count]
    var reader = readers[i / measures.count]
    let zones = reader.zones()
    var reading = reading
    reading.value = measure.name
    func isOther(_ unit: MeasureUnit) -> Bool { ![.number, .rate].contains(unit.dimension) }
    if let cell = measure.cellUnit, isOther(cell.unit) {
      reading.unit = cell.text
    } else if let unit = measure.unit, isOther(unit) {
      reading.unit = measure.name.split { "([)]".contains($0) }.last.map { String($0) }
    }
    reading.skipped = badCount + readers.reduce(0) { $0 + $1.unread.count } + ragged.count
    var notes = i == 0 ? notes : []
    if let cell = measure.cellUnit, cell.unit.dimension == .number || cell.unit.dimension == .rate,
      cell.unit.scale >= 1000
    {
      notes.append(
        TraceNote(
          .note, "values of '\(measure.name)' are rounded to the digits shown", because: "they were exported formatted",
          remedy: "export raw values where digits matter"))
    }
    if i == 0, zones["none"] != nil {
      notes.append(
        TraceNote(
          .note, "times were taken as \(options.zone.name)", because: "they carry no zone",
          remedy: "name the zone they were written in if it is another"))
    }
    let isRate = measure.unit?.dimension == .rate || measure.cellUnit?.unit.dimension == .rate
    let isMeasured = measure.unit.map(isOther) ?? measure.cellUnit.map { isOther($0.unit) } ?? false
    let meaning = meaning
    return { columns in
      columns.zones = zones
      columns.reading = reading
      columns.notes += notes
      columns.name = measure.name
      if isRate || isMeasured { columns.meaning = .rate(per: 1) } else if let meaning { columns.meaning = meaning }
    }
  }

  /// The series, after the last row: what is wrong with one is its own.
  ///
  /// - Throws: what is wrong with the file as a whole.
  mutating func finish() throws(Diagnostics) -> [SeriesReading] {
    try resolve()
    if options.skipsUnreadable { noteSkipped() }
    var result: [SeriesReading] = []
    for i in buffers.indices {
      let measure = i % measures.count
      if !buffers[i].isLong { buffers[i].scale(by: factor(measure)) }
      let buffer = buffers[i]
      buffers[i] = SeriesBuffer(name: buffer.name, keys: buffer.keys)
      if measures.count > 1, !selection.only.isEmpty, !isWanted(buffer, measures[measure].name) { continue }
      do throws(Diagnostics) {
        if let fault = failed[i] { throw fault }
        try checkReadable(i)
        let trace = try buffer.trace(describer(i), options: options, source: title(i))
        result.append(SeriesReading(NamedTrace(name: buffer.name, trace: trace, keys: buffer.keys)))
      } catch { result.append(SeriesReading(buffer.name, fault: error)) }
    }
    return result
  }

  private func isWanted(_ buffer: SeriesBuffer, _ measure: String) -> Bool {
    selection.only.contains(buffer.name) || selection.only.contains(measure)
      || buffer.keys.contains { selection.only.contains($0) }
  }

  /// Every cell of a series that cannot be read is told, unless such rows are left out as asked for.
  private mutating func checkReadable(_ buffer: Int) throws(Diagnostics) {
    guard !options.skipsUnreadable else { return }
    let (cells, reader) = (bad[buffer] ?? UnreadCells(), buffer / measures.count)
    var all = Diagnostics(cells.first)
    if cells.count > cells.first.count, let last = cells.first.last {
      all.append(.error("\(cells.count - cells.first.count) more cells cannot be read", at: last.location))
    }
    all.merge(readers[reader].problems())
    if cells.count + readers[reader].unread.count > 0, let last = all.all.indices.last {
      let help = all.all[last].help.map { $0 + "; " } ?? ""
      all.all[last].help = help + "--skip-unreadable leaves such rows out (in a plan: skip unreadable: true)"
    }
    try all.throwIfErrors()
  }

  /// Says how many rows were left out.
  private mutating func noteSkipped() {
    let skipped = badCount + readers.reduce(0) { $0 + $1.unread.count } + ragged.count
    guard skipped > 0 else { return }
    let cells = bad.keys.sorted().prefix(3).flatMap { bad[$0]?.first ?? [] }
    let first = (cells + readers.flatMap { $0.unread.first } + ragged.first).prefix(3)
    let examples = first.map { one in (one.location.map { "line \($0.line): " } ?? "") + one.message }
    notes.append(
      TraceNote(
        .warning,
        "\(skipped) row\(skipped == 1 ? "" : "s") could not be read and \(skipped == 1 ? "was" : "were") left out",
        because: examples.joined(separator: "; ")))
  }
}

/// The cells of a series that cannot be read.
private struct UnreadCells {
  var first: [Diagnostic] = []
  var count = 0
}

/// Cells that wait for the judgement of their column.
private struct OddStore {
  struct Entry {
    var buffer: Int32
    var row: Int32
    var line: Int32
    var column: Int32
    var measure: Int32
  }
  private(set) var entries: [Entry] = []
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  var count: Int { entries.count }

  mutating func add(buffer: Int, row: Int, measure: Int, line: Int, column: Int, _ text: String) {
    entries.append(
      Entry(
        buffer: Int32(clamping: buffer), row: Int32(clamping: row), line: Int32(clamping: line),
        column: Int32(clamping: column), measure: Int32(clamping: measure)))
    bytes += text.utf8
    ends.append(bytes.count)
  }

  func text(_ i: Int) -> String {
    String(decoding: bytes[(i == 0 ? 0 : ends[i - 1])..<ends[i]], as: UTF8.self)
  }
}
