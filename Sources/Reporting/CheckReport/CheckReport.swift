import Documents
import Quantities
import Terminal

/// One thing that was checked.
public struct CheckItem: Hashable, Sendable {
  public enum Level: String, Hashable, Sendable {
    /// Must change: the check fails.
    case bad
    /// Worth a word.
    case word
    case good
  }
  public var level: Level
  /// A stable name: `"floor-below-startup"`.
  public var name: String
  /// The plan or the object.
  public var subject: String
  public var what: String
  public var because: String
  public var remedy: String
  /// Where in a file it stands, for annotations.
  public var place: SourceLocation?
  public init(
    _ level: Level, name: String, subject: String, what: String, because: String, remedy: String,
    place: SourceLocation? = nil
  ) {
    self.place = place
    self.level = level
    self.name = name
    self.subject = subject
    self.what = what
    self.because = because
    self.remedy = remedy
  }
}

/// Whether plans and manifests are still good: `headroom check`.
public struct CheckReport: Sendable {
  /// The gravest first, in the order in which they were found.
  public let items: [CheckItem]
  public let files: [String]
  /// What changed against an earlier answer, and what that was; nil where nothing was compared.
  public var comparison: (against: String, changes: [PlanComparison.Change])?
  private let provenance: Provenance

  public init(_ items: [CheckItem], files: [String], provenance: Provenance = Provenance()) {
    self.provenance = provenance
    self.items =
      items.filter { $0.level == .bad } + items.filter { $0.level == .word }
      + items.filter { $0.level == .good }
    self.files = files
  }

  /// Whether nothing must change.
  public var isGood: Bool { !items.contains { $0.level == .bad } }

  private var headline: String {
    let bad = items.filter { $0.level == .bad }.count
    if bad > 0 { return "\(bad) thing\(bad == 1 ? "" : "s") must change." }
    return items.isEmpty ? "Nothing was checked." : "Good: nothing must change."
  }

  public func terminal(width: Int, style: Style) -> String {
    var text = style(isGood ? .good : .bad, headline) + "\n"
    for item in items {
      // Words carry the meaning, colour only repeats it.
      let mark: String
      switch item.level {
      case .bad: mark = style(.bad, "change")
      case .word: mark = style(.warning, "note  ")
      case .good: mark = style(.good, "good  ")
      }
      let lines = TerminalText.wrapped("\(item.subject): \(item.what)", width: max(20, width - 8))
      text += (item.level == .good ? "" : "\n") + "\(mark)  " + lines.joined(separator: "\n        ") + "\n"
      for more in [item.because, item.remedy] where !more.isEmpty {
        let sentence = more.prefix(1).uppercased() + more.dropFirst()
        for line in TerminalText.wrapped(sentence, width: max(20, width - 8)) { text += "        \(line)\n" }
      }
    }
    guard let comparison else { return text }
    text += "\n" + style(.heading, Self.sentence(comparison)) + "\n"
    var table = TextTable([
      .init("what", isFlexible: true), .init("before", isFlexible: true), .init("now", isFlexible: true),
      .init("change", .right), .init(""),
    ])
    for row in Self.rows(comparison.changes) { table.add(row) }
    return text + (comparison.changes.isEmpty ? "" : table.text(width: max(20, width), style: style))
  }

  /// What changed, in a sentence.
  static func sentence(_ comparison: (against: String, changes: [PlanComparison.Change])) -> String {
    let worse = comparison.changes.filter { $0.direction == .worse }.count
    let better = comparison.changes.filter { $0.direction == .better }.count
    if comparison.changes.isEmpty { return "Against \(comparison.against) nothing changed." }
    return
      "Against \(comparison.against): \(Wording.count(comparison.changes.count, "change")), \(worse) for the worse, \(better) for the better."
  }

  /// What, before, now, by how much, and whether that is worse.
  static func rows(_ changes: [PlanComparison.Change]) -> [[String]] {
    changes.map { change -> [String] in
      let what = change.service.isEmpty ? change.what : "\(change.service): \(change.what)"
      let share = change.share.map { Wording.change($0) } ?? ""
      let direction = change.direction == .other ? "" : change.direction.rawValue
      return [what, change.before, change.after, share, direction]
    }
  }

  public func html() -> String { report().html() }

  /// The page: what must change first, each with its reason and remedy.
  func report() -> Report {
    func found(_ level: CheckItem.Level, _ kind: Report.Item.Kind) -> [Report.Item] {
      items.filter { $0.level == level }.map {
        Report.Item(kind, tag: $0.subject, what: $0.what, because: Wording.sentences([$0.because, $0.remedy]))
      }
    }
    let bad = found(.bad, .fails)
    let words = found(.word, .notes)
    let good = found(.good, .holds)
    var report = Report(
      title: "\(files.joined(separator: ", ")): check", kicker: "\(files.joined(separator: ", ")) · check",
      headline: headline,
      facts: [
        Report.Fact("\(bad.count)", "must change"), Report.Fact("\(words.count)", "worth a word"),
        Report.Fact("\(good.count)", "good"),
      ])
    func section(_ heading: String, _ id: String, _ sentence: String, _ items: [Report.Item]) {
      if !items.isEmpty { report.sections.append(Report.Section(heading, id: id, sentence, [.findings(items)])) }
    }
    section("Must change", "change", "Each of these fails the check.", bad)
    section("Worth a word", "notes", "These fail nothing.", words)
    section("Good", "good", "What was looked at and holds.", good)
    if let comparison {
      let marks: [String: Report.Cell.Mark] = ["worse": .fails, "better": .holds]
      let rows = Self.rows(comparison.changes).map { row in row.map { Report.Cell($0, mark: marks[$0]) } }
      let columns: [HTML.Column] = [.text("what"), .text("before"), .text("now"), .number("change"), .text("")]
      let blocks: [Report.Block] = rows.isEmpty ? [] : [.table(Report.Table(columns, rows))]
      report.sections.append(
        Report.Section("What changed", id: "changes", Self.sentence(comparison), blocks))
    }
    report.footer = ["\(provenance.program). The same inputs and seed give the same bytes."]
    if !provenance.command.isEmpty { report.footer.append("Make it again: `\(provenance.command)`") }
    return report
  }

  public func markdown() -> String {
    var table = TextTable([.init("level"), .init("of"), .init("what"), .init("because"), .init("to do")])
    for item in items {
      let level = item.level == .bad ? "change" : item.level == .word ? "note" : "good"
      table.add([level, item.subject, item.what, item.because, item.remedy])
    }
    var text = "# \(headline)\n\n" + (table.isEmpty ? "" : table.markdown)
    guard let comparison else { return text }
    text += "\n## What changed\n\n\(Self.sentence(comparison))\n"
    guard !comparison.changes.isEmpty else { return text }
    var changes = TextTable([.init("what"), .init("before"), .init("now"), .init("change", .right), .init("")])
    for row in Self.rows(comparison.changes) { changes.add(row) }
    return text + "\n" + changes.markdown
  }

  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.key("schema")
      json.string("headroom/check/1")
      json.key("good")
      json.bool(isGood)
      if let comparison {
        json.entry("against", comparison.against)
        json.objects("changes", comparison.changes) { json, change in
          json.entry("service", change.service.isEmpty ? nil : change.service)
          json.entry("what", change.what)
          json.entry("before", change.before)
          json.entry("after", change.after)
          json.entry("share", change.share)
          json.entry("direction", change.direction.rawValue)
        }
      }
      json.key("checks")
      json.array { json in
        for item in items {
          json.object { json in
            for (key, value) in [
              ("level", item.level == .bad ? "change" : item.level == .word ? "note" : "good"), ("name", item.name),
              ("of", item.subject), ("what", item.what), ("because", item.because), ("remedy", item.remedy),
            ] {
              json.key(key)
              json.string(value)
            }
          }
        }
      }
    }
    return json.text + "\n"
  }
}
