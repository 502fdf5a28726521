import Documents
import Quantities

/// Samples as lines of text, in the forms in which tools print them and databases take them.
///
/// - `promtool query range` and `query instant`: https://prometheus.io/docs/prometheus/latest/command-line/promtool/
/// - InfluxDB's line protocol: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
/// - Graphite's plaintext and raw forms: https://graphite.readthedocs.io/en/latest/feeding-carbon.html and `render_api.html`
/// - OpenTSDB's `put` lines: http://opentsdb.net/docs/build/html/api_telnet/put.html
struct TextSamples {
  enum Form: Hashable {
    case promtool, lineProtocol, graphite, graphiteRaw, openTSDB

    var title: String {
      switch self {
      case .promtool: "output of promtool"
      case .lineProtocol: "InfluxDB line protocol"
      case .graphite: "Graphite plaintext"
      case .graphiteRaw: "raw render of Graphite"
      case .openTSDB: "OpenTSDB put lines"
      }
    }

    /// The form of a file, by its first line that is no comment; nil where it is none of these.
    init?(_ head: [UInt8]) {
      for line in head.prefix(1 << 14).split(separator: 0x0A).prefix(64) {
        let text = String(decoding: line, as: UTF8.self).trimmingLine
        if text.isEmpty || text.hasPrefix("#") || Form.isStatement(text) { continue }
        guard let found = Form(line: text) else { return nil }
        self = found
        return
      }
      return nil
    }

    init?(line text: String) {
      let words = text.split(separator: " ")
      if text.hasSuffix("=>") || text.contains("=> ") && text.contains(" @[")
        || text.hasPrefix("scalar: ") && text.contains("@[")
      {
        self = .promtool
      } else if words.count == 3, Form.isName(words[0]), Double(words[1]) != nil, Form.isEpoch(words[2]) {
        self = .graphite
      } else if let bar = text.firstIndex(of: "|"), text[..<bar].split(separator: ",").suffix(3).count == 3,
        text[..<bar].split(separator: ",").suffix(3).allSatisfy({ Int($0) != nil }),
        text[..<bar].split(separator: ",").count > 3
      {
        self = .graphiteRaw
      } else if Form.putWords(text) != nil {
        self = .openTSDB
      } else if let fields = try? LineProtocolLine(text), !fields.numbers.isEmpty || fields.hasOthers {
        self = .lineProtocol
      } else {
        return nil
      }
    }

    /// What an export of InfluxDB says besides points.
    static func isStatement(_ text: String) -> Bool { text.hasPrefix("CREATE DATABASE ") }

    private static func isName(_ word: Substring) -> Bool {
      guard let first = word.first else { return false }
      return first.isLetter || first == "_"
    }
    private static func isEpoch(_ word: Substring) -> Bool {
      Double(word).map { abs($0) >= Double(TimeForm.leastEpoch) } ?? false
    }

    /// `put name time value tag=value ...`, also without the word, as its importer takes it.
    static func putWords(_ text: String) -> [Substring]? {
      var words = text.split(separator: " ")
      if words.first == "put" { words.removeFirst() }
      guard words.count >= 4, isName(words[0]), !words[0].contains("="), isEpoch(words[1]), Double(words[2]) != nil,
        words[3...].allSatisfy({ $0.contains("=") })
      else { return nil }
      return words
    }
  }

  let form: Form
  private let file: String
  private(set) var series: [MonitoringSeries] = []
  private var places: [String: Int] = [:]
  /// The series that the lines of promtool below its name belong to.
  private var current: Int?

  init(_ form: Form, file: String) {
    self.form = form
    self.file = file
  }

  mutating func take(_ bytes: UnsafeRawBufferPointer, _ line: Int) throws(Diagnostics) {
    let text = String(decoding: bytes, as: UTF8.self).trimmingLine
    let isSkipped = form != .promtool && (text.hasPrefix("#") || Form.isStatement(text))
    guard !text.isEmpty, !isSkipped else { return }
    switch form {
    case .promtool: try promtool(text, line)
    case .lineProtocol: try lineProtocol(text, line)
    case .graphite: try graphite(text, line)
    case .graphiteRaw: try graphiteRaw(text, line)
    case .openTSDB: try openTSDB(text, line)
    }
  }

  private func wrong(_ line: Int, _ what: String, _ help: String) -> Diagnostics {
    Diagnostics([.error(what, at: SourceLocation(file: file, line: line, column: 1), help: help)])
  }

  private mutating func place(of one: MonitoringSeries) -> Int {
    if let found = places[one.name] { return found }
    places[one.name] = series.count
    series.append(one)
    return series.count - 1
  }

  private func number(_ text: Substring, _ line: Int) throws(Diagnostics) -> Double {
    switch text {
    case "NaN", "nan", "None": return .nan
    case "+Inf", "Inf", "-Inf": return .infinity
    default: break
    }
    guard let value = Double(text) else {
      throw wrong(line, "'\(text.prefix(40))' is no number", "write a number")
    }
    return value
  }

  private func time(_ text: Substring, _ line: Int) throws(Diagnostics) -> Timestamp {
    guard let time = TimeForm.EpochUnit.moment(text) else {
      throw wrong(line, "'\(text.prefix(40))' is no time", "write seconds to nanoseconds since 1970")
    }
    return time
  }

  // MARK: - promtool

  /// `name{labels} =>` with lines of `value @[time]` below it, or both on one line.
  private mutating func promtool(_ text: String, _ line: Int) throws(Diagnostics) {
    if text.hasPrefix("scalar: ") {
      current = place(of: MonitoringSeries(metric: "scalar"))
      return try sample(text.dropFirst(8), line)
    }
    // The arrow may stand in a label's value: it is the last one that counts.
    if let arrow = text.lastRange(of: "=>"), text[..<arrow.lowerBound].last == " " {
      let (name, labels) = try OpenMetricsText.name(of: String(text[..<arrow.lowerBound]).trimmed) {
        wrong(line, $0, $1)
      }
      current = place(of: MonitoringSeries(metric: name, labels: labels.sorted { $0.name < $1.name }))
      let rest = text[arrow.upperBound...].drop { $0 == " " }
      if !rest.isEmpty { try sample(rest, line) }
      return
    }
    try sample(text[...], line)
  }

  private mutating func sample(_ text: Substring, _ line: Int) throws(Diagnostics) {
    guard let current, let open = text.lastRange(of: "@["), text.last == "]" else {
      throw wrong(
        line, "'\(text.prefix(40))' is no sample", "promtool prints 'value @[time]' below the name of a series")
    }
    let value = try number(Substring(String(text[..<open.lowerBound]).trimmed), line)
    series[current].add(try time(text[open.upperBound...].dropLast(), line), value)
  }

  // MARK: - Databases

  private mutating func lineProtocol(_ text: String, _ line: Int) throws(Diagnostics) {
    let point: LineProtocolLine
    do {
      point = try LineProtocolLine(text)
    } catch {
      throw wrong(line, error.what, "write measurement,tag=value field=1 time")
    }
    guard let moment = point.time else {
      throw wrong(
        line, "the point has no time", "points without one get the time of their writing; export them with it")
    }
    let at = try time(moment, line)
    for (field, value) in point.numbers {
      let metric = field == "value" ? point.measurement : "\(point.measurement).\(field)"
      let place = place(of: MonitoringSeries(metric: metric, labels: point.tags.sorted { $0.name < $1.name }))
      // The field says what it is, not what stands before it.
      if field != "value" { series[place].meaning = ColumnMeaning(name: field) }
      series[place].add(at, value)
    }
  }

  private mutating func graphite(_ text: String, _ line: Int) throws(Diagnostics) {
    let words = text.split(separator: " ")
    guard words.count == 3 else {
      throw wrong(line, "the line has \(words.count) words", "write: name value time")
    }
    // Tags stand behind the name: name;tag=value (https://graphite.readthedocs.io/en/latest/tags.html).
    let place = place(of: TextSamples.tagged(words[0].split(separator: ";").map(String.init)))
    series[place].add(try time(words[2], line), try number(words[1], line))
  }

  private static func tagged(_ parts: [String]) -> MonitoringSeries {
    let labels = parts.dropFirst().map { part in
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      return (name: pair.first ?? part, value: pair.count > 1 ? pair[1] : "")
    }
    return MonitoringSeries(metric: parts.first ?? "", labels: labels.sorted { $0.name < $1.name })
  }

  /// `name,first,end,step|value,value,None`
  private mutating func graphiteRaw(_ text: String, _ line: Int) throws(Diagnostics) {
    let halves = text.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
    let head = halves[0].split(separator: ",")
    guard halves.count == 2, head.count > 3, let step = Int64(head[head.count - 1]), (1...1_000_000_000).contains(step)
    else {
      throw wrong(line, "the series has no beginning, end and step", "write: name,first,end,step|value,value")
    }
    let first = try time(head[head.count - 3], line)
    let place = place(of: MonitoringSeries(metric: head.dropLast(3).joined(separator: ",")))
    let cells = halves[1].split(separator: ",", omittingEmptySubsequences: false)
    let (width, overflow) = (step * 1_000_000_000).multipliedReportingOverflow(by: Int64(cells.count))
    guard !overflow, !first.nanosecondsSinceEpoch.addingReportingOverflow(width).overflow else {
      throw wrong(line, "the series ends after all time", "export it again")
    }
    for (i, cell) in cells.enumerated() {
      series[place].add(first + .seconds(step * Int64(i)), try number(cell, line))
    }
  }

  private mutating func openTSDB(_ text: String, _ line: Int) throws(Diagnostics) {
    guard let words = Form.putWords(text) else {
      throw wrong(line, "'\(text.prefix(40))' is no point", "write: put name time value tag=value")
    }
    let place = place(of: TextSamples.tagged([String(words[0])] + words[3...].map(String.init)))
    series[place].add(try time(words[1], line), try number(words[2], line))
  }
}

/// A point of InfluxDB's line protocol: `measurement,tag=value field=1.5,other=2i 1772409600000000000`.
struct LineProtocolLine {
  struct Fault: Error { let what: String }

  private(set) var measurement = ""
  private(set) var tags: [(name: String, value: String)] = []
  /// Fields that are numbers: floats, integers (`i`) and unsigned (`u`).
  private(set) var numbers: [(name: String, value: Double)] = []
  /// Whether there are texts or truth values, which are no demand.
  private(set) var hasOthers = false
  private(set) var time: Substring?

  init(_ text: String) throws(Fault) {
    // Quotes mean something in the fields only, which are the second part.
    let (parts, isOpen) = LineProtocolLine.split(text[...], at: " ", omitsEmpty: true) { $0 == 1 }
    guard !isOpen else { throw Fault(what: "a quote is not closed") }
    guard parts.count == 2 || parts.count == 3 else { throw Fault(what: "the line is no point") }
    let head = LineProtocolLine.split(parts[0], at: ",").parts
    measurement = LineProtocolLine.plain(head[0])
    guard !measurement.isEmpty else { throw Fault(what: "the point has no measurement") }
    for tag in head.dropFirst() {
      let pair = LineProtocolLine.split(tag, at: "=").parts
      guard pair.count == 2 else { throw Fault(what: "'\(tag.prefix(40))' is no tag") }
      tags.append((LineProtocolLine.plain(pair[0]), LineProtocolLine.plain(pair[1])))
    }
    for field in LineProtocolLine.split(parts[1], at: ",", isQuoted: { _ in true }).parts {
      let pair = LineProtocolLine.split(field, at: "=", most: 2, isQuoted: { _ in true }).parts
      guard pair.count == 2, !pair[0].isEmpty else { throw Fault(what: "'\(field.prefix(40))' is no field") }
      let value = pair[1]
      if value.first == "\"" || ["t", "T", "true", "True", "TRUE", "f", "F", "false", "False", "FALSE"].contains(value)
      {
        hasOthers = true
        continue
      }
      let digits = value.last == "i" || value.last == "u" ? value.dropLast() : value
      guard let number = Double(digits), number.isFinite else {
        throw Fault(what: "'\(value.prefix(40))' is no value of a field")
      }
      numbers.append((LineProtocolLine.plain(pair[0]), number))
    }
    if parts.count == 3 {
      guard Int64(parts[2]) != nil else { throw Fault(what: "'\(parts[2].prefix(40))' is no time") }
      time = parts[2]
    }
  }

  /// The parts of a text between marks that no backslash escapes and no quotes hold.
  ///
  /// - Parameters:
  ///   - most: parts at most; the last of them holds the rest.
  ///   - isQuoted: whether quotes hold marks in the part of a number.
  /// - Returns: the parts, and whether a quote is left open.
  private static func split(
    _ text: Substring, at mark: Character, most: Int = .max, omitsEmpty: Bool = false,
    isQuoted holds: (Int) -> Bool = { _ in false }
  ) -> (parts: [Substring], isOpen: Bool) {
    var parts: [Substring] = []
    var start = text.startIndex
    var i = start
    var isQuoted = false
    while i < text.endIndex {
      let c = text[i]
      if c == "\\", text.index(after: i) < text.endIndex {
        i = text.index(i, offsetBy: 2)
        continue
      }
      if c == "\"", holds(parts.count) { isQuoted.toggle() }
      if c == mark, !isQuoted, parts.count < most - 1 {
        if !omitsEmpty || start < i { parts.append(text[start..<i]) }
        start = text.index(after: i)
      }
      i = text.index(after: i)
    }
    if !omitsEmpty || start < text.endIndex { parts.append(text[start...]) }
    return (parts, isQuoted)
  }

  private static func plain(_ text: Substring) -> String {
    var result = ""
    var isEscaped = false
    for c in text {
      if c == "\\", !isEscaped {
        isEscaped = true
        continue
      }
      result.append(c)
      isEscaped = false
    }
    return result
  }
}

extension String {
  /// Without blanks and carriage returns at both ends.
  var trimmingLine: String {
    var part = self[...]
    while let c = part.first, c == " " || c == "\t" || c == "\r" { part.removeFirst() }
    while let c = part.last, c == " " || c == "\t" || c == "\r" { part.removeLast() }
    return String(part)
  }

  fileprivate func lastRange(of text: String) -> Range<String.Index>? { self[...].lastRange(of: text) }
}

extension Substring {
  fileprivate func lastRange(of text: String) -> Range<String.Index>? {
    var at = endIndex
    while at > startIndex {
      at = index(before: at)
      if self[at...].hasPrefix(text) { return at..<index(at, offsetBy: text.count) }
    }
    return nil
  }
}
