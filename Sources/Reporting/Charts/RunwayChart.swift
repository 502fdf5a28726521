import Quantities

/// When each of many runs out: a row each, a bar over the range of dates, a dot on the expected day.
public struct RunwayChart: Chart {
  /// One that runs out, or does not.
  public struct Row: Sendable, Hashable {
    public var name: String
    /// Nil where it lies behind the horizon.
    public var earliest: CivilDate?
    public var expected: CivilDate?
    public var latest: CivilDate?
    /// The end of its own horizon.
    public var until: CivilDate
    /// What stands in place of a bar: `"lasts"`.
    public var note: String

    public init(
      name: String, earliest: CivilDate?, expected: CivilDate?, latest: CivilDate?, until: CivilDate, note: String = ""
    ) {
      self.name = name
      self.earliest = earliest
      self.expected = expected
      self.latest = latest
      self.until = until
      self.note = note
    }
  }

  /// More rows than this are a table, not a picture.
  public static let mostRows = 12

  public var title: String
  public var description: String
  public var from: CivilDate
  public var to: CivilDate
  public var rows: [Row]

  /// - Precondition: `from` lies before `to`.
  public init(title: String, description: String, from: CivilDate, to: CivilDate, rows: [Row]) {
    precondition(from < to, "a chart of dates needs a span")
    self.title = title
    self.description = description
    self.from = from
    self.to = to
    self.rows = rows
  }

  public func drawn(width: Double, id: String) -> SVG {
    let isNarrow = width < 500
    // On a phone the name stands above its bar.
    let rowHeight = isNarrow ? 44.0 : 28
    let names = isNarrow ? 0 : min(220, (rows.map { TextMetrics.width($0.name) }.max() ?? 0) + 14)
    let (top, bottom) = (8.0, 8 + Double(rows.count) * rowHeight)
    var svg = SVG(width: width, height: bottom + 26, id: id, title: title, description: description)
    let (left, right) = (max(names, 6), width - 8)
    let span = Double(to - from)
    func x(_ date: CivilDate) -> Double {
      left + (right - left) * min(1, max(0, Double(date - from) / span))
    }
    let axis = TimeAxis(
      from: from.midnightUTC, to: to.midnightUTC, atMost: max(2, Int((right - left) / 90)), zone: .utc)
    for tick in axis.ticks {
      let at = x(tick.time.utc.date)
      svg.line(at, top, at, bottom, class: "grid")
      let half = TextMetrics.width(tick.label) / 2
      svg.label(tick.label, min(max(at, half), width - half), bottom + 18, class: "t m")
    }
    for (i, row) in rows.enumerated() {
      let y = top + (Double(i) + (isNarrow ? 0.72 : 0.5)) * rowHeight
      if isNarrow {
        svg.label(row.name, 0, y - 12)
      } else {
        svg.label(fitted(row.name, names - 14), names - 12, y + 4, class: "e")
      }
      let end = x(row.until)
      svg.line(left, y, end, y, class: "grid")
      if let earliest = row.earliest {
        let latest = row.latest.map(x) ?? end
        svg.rectangle(
          Rectangle(left: x(earliest), top: y - 6, right: max(latest, x(earliest) + 3), bottom: y + 6),
          class: "unserved",
          opacity: 0.24,
          tooltip: "\(row.name): \(earliest.short) to \(row.latest?.short ?? "after \(row.until.short)")")
      }
      if let expected = row.expected {
        svg.circle(x(expected), y, radius: 5, class: "mark", tooltip: "\(row.name): expected \(expected.short)")
        let text = TimeAxis.dayAndMonth(expected)
        let isRight = max(x(expected), row.latest.map(x) ?? x(expected)) + TextMetrics.width(text) + 14 < right
        let label =
          isRight
          ? max(x(expected) + 10, (row.latest.map(x) ?? 0) + 6)
          : min(x(expected), row.earliest.map(x) ?? .infinity) - 10
        svg.label(text, label, y + 4, class: isRight ? "b cf" : "b cf e")
      } else if !row.note.isEmpty {
        svg.label(row.note, end - 6, y + 4, class: "cc e h")
      }
    }
    return svg
  }

  private func fitted(_ name: String, _ room: Double) -> String {
    guard TextMetrics.width(name) > room + 1 else { return name }
    var short = name
    while !short.isEmpty, TextMetrics.width(short + "…") > room { short.removeLast() }
    return short + "…"
  }
}
