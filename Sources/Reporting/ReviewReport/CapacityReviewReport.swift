import Documents
import Planning
import Quantities
import Terminal

/// The planning calendar's review of one or several services: `headroom review weekly`, `monthly`, `quarterly`, `annual`.
public struct CapacityReviewReport: Sendable {
  public let reviews: [(name: String, review: CapacityReview)]
  public let cadence: ReviewCadence
  /// Who answers for it; empty where nobody is named, and then a line is left to write on.
  public let owner: String
  /// The same review the last time: when, and each item's answer by service and item.
  public let earlier: (day: CivilDate, answers: [String: String])?
  private let title: String
  private let provenance: Provenance

  public init(
    _ reviews: [(name: String, review: CapacityReview)], cadence: ReviewCadence, title: String, owner: String = "",
    earlier: (day: CivilDate, answers: [String: String])? = nil, provenance: Provenance = Provenance()
  ) {
    self.reviews = reviews
    self.cadence = cadence
    self.title = title
    self.owner = owner
    self.earlier = earlier
    self.provenance = provenance
  }

  /// An item in words.
  struct Line {
    var service: String
    var item: CapacityReview.Item
    /// What was looked at.
    var name: String
    /// What was found.
    var answer: String
    /// The figures behind it.
    var evidence: [String]
    /// What was found the last time, where that was something else.
    var before: String?
    var key: String { "\(service)\n\(item.id)" }
  }

  var lines: [Line] {
    reviews.flatMap { name, review in
      review.items.map { item in
        let (answer, evidence) = review.words(of: item)
        var line = Line(
          service: name, item: item, name: Wording.sentence(item.id), answer: answer, evidence: evidence)
        if let past = earlier?.answers[line.key], past != answer { line.before = past }
        return line
      }
    }
  }

  /// The same in the order of their urgency.
  private var ranked: [Line] {
    let lines = lines
    return CapacityReview.Standing.allCases.flatMap { standing in lines.filter { $0.item.standing == standing } }
  }

  private var today: CivilDate {
    reviews.map { $0.review.outcome.plan.zone.local($0.review.outcome.now).date }.max() ?? CivilDate(daysSinceEpoch: 0)
  }

  var headline: String {
    let urgent = lines.filter { $0.item.standing == .act }
    guard let first = urgent.first else {
      let unknown = lines.filter { $0.item.standing == .unknown }.count
      return unknown > 0 ? "Nobody must act; \(unknown) of \(lines.count) cannot be told." : "Nobody must act."
    }
    let whose = reviews.count > 1 ? "\(first.service): " : ""
    let more =
      urgent.count > 1
      ? " \(Wording.count(urgent.count - 1, "further item")) \(urgent.count == 2 ? "needs" : "need") somebody." : ""
    return "\(whose)\(first.answer)\(more)"
  }

  private var changed: Int { lines.filter { $0.before != nil }.count }

  private func shown(_ service: String) -> String { reviews.count > 1 ? "\(service): " : "" }

  private var lead: String {
    guard let earlier else { return "There is no earlier review to compare with: keep this one with --store." }
    return changed == 0
      ? "Nothing changed since \(earlier.day.long)."
      : "\(Wording.count(changed, "item")) changed since \(earlier.day.long)."
  }

  // MARK: Forms

  func report() -> Report {
    let lines = ranked
    func count(_ standing: CapacityReview.Standing) -> Int { lines.filter { $0.item.standing == standing }.count }
    var report = Report(
      title: "\(title): \(cadence.rawValue) review", kicker: "\(title) · \(cadence.rawValue) review · \(today.long)",
      headline: headline, lead: lead,
      facts: [
        Report.Fact("\(count(.act))", "need somebody"), Report.Fact("\(count(.watch))", "worth a look"),
        Report.Fact("\(count(.holds))", "hold"), Report.Fact("\(count(.unknown))", "cannot be told"),
      ],
      // The plan's own picture, of which the answers speak.
      argument: reviews.count == 1 ? PlanReport(reviews[0].review.outcome, provenance: provenance).argument : nil)
    report.sections.append(
      Report.Section(
        "What was asked", id: "items", "The most urgent first; the owner is who answers for it by the day given.",
        [
          .table(
            Report.Table(
              [.text("item"), .text("answer"), .text("state"), .text("due"), .text("owner"), .text("last time")],
              lines.map { line in
                [
                  Report.Cell(shown(line.service) + line.name), Report.Cell(line.answer),
                  Report.Cell(Self.word(line.item.standing), mark: Self.mark(line.item.standing)),
                  Report.Cell(line.item.due?.short ?? "-"), Report.Cell(owner.isEmpty ? "________" : owner),
                  Report.Cell(earlier == nil ? "-" : line.before ?? "the same"),
                ]
              }))
        ]))
    for line in lines where !line.evidence.isEmpty {
      report.sections.append(
        Report.Section(
          shown(line.service) + line.name, id: Self.anchor("\(line.service)-\(line.item.id)"), line.answer,
          [.list(line.evidence)]))
    }
    report.footer = ["\(provenance.program). The same inputs and seed give the same bytes."]
    if !provenance.command.isEmpty { report.footer.append("Make it again: `\(provenance.command)`") }
    return report
  }

  private static func anchor(_ text: String) -> String {
    String(text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
  }

  static func word(_ standing: CapacityReview.Standing) -> String {
    switch standing {
    case .act: "act"
    case .watch: "look"
    case .holds: "holds"
    case .unknown: "unknown"
    }
  }

  private static func mark(_ standing: CapacityReview.Standing) -> Report.Cell.Mark? {
    switch standing {
    case .act: .fails
    case .watch: .warns
    case .holds: .holds
    case .unknown: nil
    }
  }
}

extension CapacityReviewReport: ReportDocument {
  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  public func terminal(width: Int, style: Style) -> String {
    let width = max(40, width)
    var text = TerminalText.wrapped(headline, width: width).map { style(.heading, $0) }
    text += TerminalText.wrapped(lead, width: width) + [""]
    for line in ranked {
      let sign: String
      switch line.item.standing {
      case .act: sign = style(.bad, "act    ")
      case .watch: sign = style(.warning, "look   ")
      case .holds: sign = style(.good, "holds  ")
      case .unknown: sign = "unknown"
      }
      var answer = line.answer
      if let due = line.item.due {
        // Into the sentence, not behind it.
        if answer.last == "." { answer.removeLast() }
        answer += ", by \(due.short)."
      }
      let lines = TerminalText.wrapped(
        "\(shown(line.service))\(line.name): \(answer)", width: max(20, width - 9))
      text.append("\(sign)  " + lines.joined(separator: "\n         "))
      for more in line.evidence + (line.before.map { ["Last time: \($0)"] } ?? []) {
        text += TerminalText.wrapped(more, width: max(20, width - 11)).enumerated().map { "           " + $1 }
      }
    }
    return text.joined(separator: "\n") + "\n"
  }

  /// `"schema": "headroom/capacity-review/1"`.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/capacity-review/1")
      json.entry("cadence", cadence.rawValue)
      json.entry("day", today)
      json.entry("headline", headline)
      json.entry("earlier", earlier?.day)
      json.objects("items", lines) { json, line in
        json.entry("service", line.service)
        json.entry("item", line.item.id)
        json.entry("state", line.item.standing.rawValue)
        json.entry("answer", line.answer)
        json.entry("evidence", texts: line.evidence)
        json.entry("due", line.item.due)
        json.entry("owner", owner.isEmpty ? nil : owner)
        json.entry("last_time", line.before)
      }
    }
    return json.text + "\n"
  }

  /// What a kept review answered, by service and item.
  public static func answers(_ document: String) -> (day: CivilDate, answers: [String: String])? {
    guard let node = try? JSON.parse(document), node["schema"]?.text == "headroom/capacity-review/1",
      let day = node["day"]?.text.flatMap({ Timestamp(iso8601: $0) })
    else { return nil }
    var answers: [String: String] = [:]
    for item in node["items"]?.elements ?? [] {
      guard let service = item["service"]?.text, let id = item["item"]?.text else { continue }
      answers["\(service)\n\(id)"] = item["answer"]?.text
    }
    return (TimeZoneRules.utc.local(day).date, answers)
  }
}
