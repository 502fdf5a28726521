import Placing
import Planning
import Quantities

/// A placement as a map: who asks when, what stands where, and how much is left after each loss.
struct PlacementMap {
  let problem: RegionProblem
  let placement: Placement
  let slack: [PlacementSlack]

  init(_ problem: RegionProblem, _ placement: Placement, slack: [PlacementSlack]) {
    self.problem = problem
    self.placement = placement
    self.slack = slack
  }

  private var capacity: [Double] { placement.capacity(problem) }
  private func names(_ loss: Int?) -> String {
    loss.map { "without " + problem.losses[$0].map { problem.regions[$0].id }.joined(separator: " and ") }
      ?? "all regions stand"
  }
  private func clock(_ hour: Int) -> String {
    let h = problem.hours.indices.contains(hour) ? problem.hours[hour] : hour
    return h < 10 ? "0\(h)" : "\(h)"
  }

  /// Demand by hour and region, what it holds beside it.
  var hours: RegionHourChart {
    let held = capacity
    let rows = problem.regions.indices.map { r in
      let demand = (0..<problem.steps).map { t in
        problem.origins.reduce(0) { $0 + ($1.home == r ? $1.demand[t] : 0) }
      }
      return RegionHourChart.Row(
        problem.regions[r].id, demand, amount: "holds \(RequestRate(rawValue: held[r]))")
    }
    return RegionHourChart(
      title: "Demand by hour and region",
      description: "Requests a second that are at home in each region, by hour (UTC), and what it holds.",
      rows: rows, hours: (0..<problem.steps).map(clock))
  }

  /// What is needed in the tightest hour of each state, and what is left.
  var losses: StackChart {
    StackChart(
      title: "What is left after each loss",
      description:
        "In the tightest hour of each state: what is asked of the regions that are first too small, and what they hold.",
      rows: slack.sorted { $0.factor < $1.factor }.prefix(12).map { one in
        let asked = one.asked.rawValue
        let spare = max(0, one.held.rawValue - asked)
        return StackChart.Row(
          label: names(one.loss),
          parts: [
            .init(min(asked, one.held.rawValue), .demand, "asked: \(one.asked)"),
            .init(spare, .capacitySpare, "to spare: \(RequestRate(rawValue: spare))"),
            .init(max(0, asked - one.held.rawValue), .fails, "missing"),
          ],
          amount: one.factor.isFinite
            ? "\(NumberFormat.significant(one.factor, 3)) times what is asked" : "nothing asked")
      })
  }

  /// Region by region.
  var table: Report.Table {
    let held = capacity
    let busiest = (0..<problem.steps).max { a, b in
      problem.origins.reduce(0) { $0 + $1.demand[a] } < problem.origins.reduce(0) { $0 + $1.demand[b] }
    }
    let flow = busiest.map { problem.routing(capacity: held, hour: $0) } ?? []
    let rows = problem.regions.indices.map { r -> [Report.Cell] in
      let machines = zip(problem.offers, placement.counts).filter { $0.0.region == r && $0.1 > 0 }
      let home = problem.origins.filter { $0.home == r }.flatMap(\.demand).max() ?? 0
      let served = flow.reduce(0) { $0 + $1[r] }
      let without = slack.first { $0.loss.map { problem.losses[$0] == [r] } ?? false }
      return [
        Report.Cell(problem.regions[r].id),
        Report.Cell(
          machines.isEmpty ? "none" : machines.map { "\($0.1) \($0.0.machine)" }.joined(separator: ", ")),
        Report.Cell(machines.isEmpty ? "" : machines.map { "\($0.0.quota)" }.joined(separator: ", ")),
        Report.Cell("\(RequestRate(rawValue: home))"), Report.Cell("\(RequestRate(rawValue: served))"),
        Report.Cell("\(RequestRate(rawValue: held[r]))"),
        without.map { one in
          Report.Cell(
            one.factor.isFinite ? "\(NumberFormat.significant(one.factor, 3)) x" : "-",
            mark: one.factor >= 1 - 1e-9 ? .holds : .fails)
        } ?? Report.Cell("-"),
      ]
    }
    return Report.Table(
      [
        .text("region"), .text("machines"), .number("quota"), .number("own peak"),
        .number("serves in the busiest hour"),
        .number("holds"), .number("without it"),
      ], rows)
  }
}
