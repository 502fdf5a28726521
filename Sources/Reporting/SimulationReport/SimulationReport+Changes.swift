import Quantities
import Serving

extension SimulationReport {
  /// Rows of one table: a reader looks for why, not for all.
  private static let rowsShown = 40

  /// The changes of scale with their reasons, for paper, where no pointer rests on a chart: counts by rule that add up, and
  /// the changes around the worst moment and around the highest demand.
  var actions: Report.Section? {
    let actions = own.outcome.actions
    guard !actions.isEmpty else { return nil }
    let total = own.outcome.fleet?.scalingActions ?? actions.count
    var blocks: [Report.Block] = []
    blocks.append(.table(Self.byRule(actions, of: total)))
    var shown: Set<Int> = []
    for (title, time) in [("the worst moment", own.outcome.worst?.time), ("the highest demand", busiest)] {
      guard let time else { continue }
      let near = Self.nearest(to: time, actions, but: shown)
      guard !near.isEmpty else { continue }
      shown.formUnion(near)
      blocks.append(.text("Around \(title), \(Wording.moment(time, zone: zone)):"))
      blocks.append(.table(rows(near.map { actions[$0] })))
    }
    let rest = actions.indices.filter { !shown.contains($0) }
    if actions.count <= 2 * Self.rowsShown, !rest.isEmpty {
      blocks.append(.text("The others:"))
      blocks.append(.table(rows(rest.map { actions[$0] })))
    } else if !rest.isEmpty {
      blocks.append(.text("The other \(Wording.count(rest.count, "change")) are in the JSON (-o simulation.json)."))
    }
    let kept =
      actions.count < total ? " The rules are those of the first \(NumberFormat.grouped(Double(actions.count)))." : ""
    return Report.Section(
      "Why it scaled", id: "actions",
      "\(Wording.count(total, "change")) of the number of replicas, by rule; then those around the worst moment and the peak.\(kept)",
      blocks)
  }

  /// How many changes each rule made, up and down: the whole of them.
  private static func byRule(_ actions: [Outcome.ScalingAction], of total: Int) -> Report.Table {
    let groups = Dictionary(grouping: actions, by: \.rule).sorted {
      ($1.value.count, $0.key) < ($0.value.count, $1.key)
    }
    func row(_ name: String, _ all: [Outcome.ScalingAction]) -> [Report.Cell] {
      let up = all.filter { $0.to > $0.from }.count
      return [
        Report.Cell(name), Report.Cell(NumberFormat.grouped(Double(all.count))),
        Report.Cell(NumberFormat.grouped(Double(up))), Report.Cell(NumberFormat.grouped(Double(all.count - up))),
      ]
    }
    var rows = groups.map { row($0.key, $0.value) }
    if groups.count > 1 { rows.append(row("all", actions)) }
    return Report.Table([.text("rule"), .number("changes"), .number("up"), .number("down")], rows)
  }

  private var busiest: Timestamp? {
    let timeline = own.outcome.timeline
    let known = timeline.demandMax.indices.filter { timeline.demandMax[$0].isFinite }
    return known.max { timeline.demandMax[$0] < timeline.demandMax[$1] }.map { timeline.time(at: $0) }
  }

  /// The changes next to a moment, in order of time: half of the rows before it, half behind.
  private static func nearest(
    to time: Timestamp, _ actions: [Outcome.ScalingAction], but shown: Set<Int>
  ) -> [Int] {
    let middle = actions.firstIndex { $0.time >= time } ?? actions.count
    let half = rowsShown / 2
    let from = max(0, min(middle - half, actions.count - rowsShown))
    return (from..<min(actions.count, from + rowsShown)).filter { !shown.contains($0) }
  }

  private func rows(_ actions: [Outcome.ScalingAction]) -> Report.Table {
    Report.Table(
      [.text("when"), .number("replicas"), .text("because")],
      actions.map { action in
        [
          Report.Cell(Wording.moment(action.time, zone: zone)), Report.Cell("\(action.from) to \(action.to)"),
          Report.Cell(action.reason),
        ]
      })
  }
}
