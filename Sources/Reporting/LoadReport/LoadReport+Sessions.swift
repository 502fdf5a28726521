import Documents
import LoadTesting
import Quantities
import Terminal

/// What came of the sessions of a scenario, with its name.
public struct ScenarioFigures: Sendable {
  public var name: String
  public var sessions: SessionFigures

  public init(name: String, sessions: SessionFigures) {
    self.name = name
    self.sessions = sessions
  }

  func write(to json: inout JSONWriter) {
    json.entry("scenario", name)
    json.objects("sessions", sessions.kinds) { json, kind in
      json.entry("name", kind.name)
      json.entry("started", kind.started)
      json.entry("completed", kind.completed)
      json.entry("failed", kind.failed)
      json.entry("unfinished", kind.unfinished)
      json.object("duration_ms") { json in
        json.entry("mean", kind.duration.mean.map { $0 * 1e3 })
        for (name, quantile) in LatencySpectrum.named.map({ ($0.name, $0.quantile) }) {
          json.entry(name, kind.duration.quantile(quantile).map { $0 * 1e3 })
        }
      }
    }
    json.objects("checks", sessions.marks) { json, mark in
      json.entry("step", mark.step)
      json.entry("what", mark.what)
      json.entry("passed", mark.passed)
      json.entry("failed", mark.failed)
    }
  }

  /// For people: how many sessions came through, and which checks were not kept.
  func terminal(width: Int, style: Style) -> String {
    var table = TextTable([
      .init("sessions of \(name)"), .init("started", .right), .init("completed", .right), .init("failed", .right),
      .init("unfinished", .right), .init("P50", .right), .init("P99", .right),
    ])
    for kind in sessions.kinds {
      table.add(
        [kind.name]
          + [kind.started, kind.completed, kind.failed, kind.unfinished].map { NumberFormat.grouped(Double($0)) }
          + [0.5, 0.99].map { LoadWording.time(kind.duration.quantile($0)) })
    }
    var text = table.text(width: width, style: style)
    let missed = sessions.marks.filter { $0.failed > 0 }
    if !missed.isEmpty {
      var table = TextTable([.init("step"), .init("what was asked"), .init("failed", .right), .init("passed", .right)])
      for mark in missed {
        table.add(
          [
            mark.step, mark.what, NumberFormat.grouped(Double(mark.failed)), NumberFormat.grouped(Double(mark.passed)),
          ])
      }
      text += "\n" + table.text(width: width, style: style)
    } else if !sessions.marks.isEmpty {
      text += "All \(sessions.marks.count) checks and values were kept and found.\n"
    }
    return text
  }
}

extension LoadReport {
  var sessions: Report.Section? {
    guard let figures = scenario?.sessions else { return nil }
    func count(_ value: Int) -> Report.Cell { Report.Cell(NumberFormat.grouped(Double(value))) }
    let rows: [[Report.Cell]] = figures.kinds.map { kind in
      [
        Report.Cell(kind.name), count(kind.started), count(kind.completed),
        Report.Cell(NumberFormat.grouped(Double(kind.failed)), mark: kind.failed > 0 ? .fails : nil),
        count(kind.unfinished), Report.Cell(Self.time(kind.duration.quantile(0.5))),
        Report.Cell(Self.time(kind.duration.quantile(0.99))),
      ]
    }
    let marks: [[Report.Cell]] = figures.marks.map { mark in
      [
        Report.Cell(mark.step), Report.Cell(mark.what), count(mark.passed),
        Report.Cell(NumberFormat.grouped(Double(mark.failed)), mark: mark.failed > 0 ? .fails : nil),
      ]
    }
    let ended = figures.completed + figures.failed
    let sentence =
      figures.failed == 0
      ? "Every one of \(Wording.count(ended, "session")) that ended went through all of its steps."
      : "\(Wording.count(figures.failed, "session")) of \(ended) that ended failed at a step, and ended there."
    var blocks: [Report.Block] = [
      .table(
        Report.Table(
          [
            .text("sessions"), .number("started"), .number("completed"), .number("failed"), .number("unfinished"),
            .number("P50"), .number("P99"),
          ], rows))
    ]
    if !marks.isEmpty {
      blocks.append(
        .table(
          Report.Table([.text("step"), .text("what was asked"), .number("passed"), .number("failed")], marks)))
    }
    return Report.Section("Sessions", id: "sessions", sentence, blocks)
  }
}
