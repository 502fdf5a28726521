import Planning
import Quantities
import Serving

extension PlanReport {
  /// The plan's own policy around the horizon's worst or highest hours.
  var eventHourByHour: Report.Section? {
    guard let own = ownSimulation, own.outcome.timeline.count > 1 else { return nil }
    let timeline = own.outcome.timeline
    let (from, to, occasion) = simulationWindow(own.outcome)
    let title = outcome.demand.peakEvent.map { "\($0.name), hour by hour" } ?? "The busiest days, hour by hour"
    let chart = OutcomeChart.timeline(
      own.outcome, capacityPerReplica: plan.service.model.mid.capacityPerReplica, from: from, to: to, zone: zone,
      title: title, isForecast: true)
    let visible = timeline.indices(from: from, to: to)
    var sentence = "\(Wording.sentence(own.title)) over \(occasion), on \(own.over): "
    let most = visible.map { timeline.ready[$0] }.filter { $0.isFinite }.max() ?? 0
    sentence +=
      "demand reaches \(RequestRate(rawValue: visible.map { timeline.demandMax[$0] }.filter { $0.isFinite }.max() ?? 0)), ready replicas \(NumberFormat.grouped(most))"
    let lost = visible.map { timeline.unserved[$0] }.filter { $0.isFinite }.reduce(0, +)
    sentence +=
      lost >= 0.5
      ? ", and \(NumberFormat.short(lost)) requests are not served." : ", and every request is served."
    if let worst = own.outcome.worst, (own.outcome.service.overload ?? .zero) > .zero {
      sentence +=
        " At the worst moment (\(Wording.moment(worst.time, zone: zone))) \(worst.because)."
    }
    let cross = visible.contains { timeline.demandMax[$0] > timeline.capacityMin[$0] && timeline.unserved[$0] <= 0 }
    return Report.Section(
      title, id: "event", sentence,
      [
        .chart(
          chart, id: "event-chart",
          caption:
            "\(zoneNote) One sampled future, steps of \(NumberFormat.duration(timeline.step)): highest demand and lowest ready capacity of each"
            + (cross
              ? ", which need not fall together: where the lines cross without red, every request was served." : ".")
        )
      ])
  }

  /// The days to show: those of the event that makes the peak, else three days on each side of the highest demand.
  private func simulationWindow(_ simulated: Outcome) -> (from: Timestamp, to: Timestamp, occasion: String) {
    let timeline = simulated.timeline
    let first = timeline.start
    let last = timeline.time(at: timeline.count)
    if let event = outcome.demand.peakEvent {
      let start = zone.time(of: event.start - 1)
      let stop = zone.time(of: event.start + Int(event.days.rounded(.up)) + 1)
      if stop > first, start < last {
        return (max(first, start), min(last, min(stop, start + .days(9))), event.name)
      }
    }
    let highest = timeline.demandMax.indices.max { timeline.demandMax[$0] < timeline.demandMax[$1] } ?? 0
    let centre = zone.local(timeline.time(at: highest)).date
    return (max(first, zone.time(of: centre - 2)), min(last, zone.time(of: centre + 3)), "the five busiest days")
  }

  /// Every policy over the same demand.
  var policies: Report.Section? {
    guard let own = ownSimulation else { return nil }
    let same = outcome.simulations.filter { $0.over == own.over }
    let others = outcome.simulations.filter { $0.over != own.over }
    var sentence: String
    if same.count > 1 {
      let cheapest = same.filter { $0.outcome.meets(plan.service.objective) }.min { $0.cost < $1.cost }
      if let cheapest {
        sentence = "Of \(same.count) policies over the same future, \(cheapest.title) meets the objective"
        sentence +=
          isPriced ? " for the least money, \(cheapest.costPerMonth) a month." : " with the fewest replica-hours."
      } else {
        let best = same.max { $0.outcome.service.shareServed < $1.outcome.service.shareServed }
        sentence =
          "No policy meets the objective; \(best?.title ?? own.title) comes nearest with \(Wording.percent(best?.outcome.service.shareServed.rawValue ?? 0)) of requests served."
      }
    } else {
      sentence = "What \(own.title) makes of \(own.over)."
    }
    var blocks: [Report.Block] = [
      .table(SimulationTable.table(same, objective: plan.service.objective, isPriced: isPriced))
    ]
    if !others.isEmpty {
      for over in Set(others.map { $0.over }).sorted() {
        blocks.append(.text("The same over \(over):"))
        blocks.append(
          .table(
            SimulationTable.table(
              others.filter { $0.over == over }, objective: plan.service.objective, isPriced: isPriced)))
      }
    }
    return Report.Section("Policies compared", id: "policies", sentence, blocks)
  }
}

extension Timeline {
  /// The buckets that begin within a window.
  func indices(from: Timestamp, to: Timestamp) -> [Int] {
    (0..<count).filter { time(at: $0) >= from && time(at: $0) < to }
  }
}

/// Simulated policies side by side.
enum SimulationTable {
  static func table(_ simulations: [PolicySimulation], objective: Objective, isPriced: Bool) -> Report.Table {
    let bounds = simulations.first?.outcome.service.attainments.map { $0.bound } ?? []
    var columns: [HTML.Column] = [.text("policy"), .number("served")]
    for bound in bounds { columns.append(.number(Wording.within(bound))) }
    columns += [
      .number("time over capacity"), .number("replicas, mean"), .number("most"), .number("changes"),
      .number("reversals"),
    ]
    if isPriced { columns.append(.number("a month")) }
    let rows = simulations.map { simulation -> [Report.Cell] in
      let service = simulation.outcome.service
      let fleet = simulation.outcome.fleet
      let isServed = objective.availability.map { service.shareServed >= $0 }
      var cells = [
        Report.Cell(simulation.title),
        Report.Cell(Wording.percent(service.shareServed.rawValue), mark: isServed == false ? .fails : nil),
      ]
      for bound in bounds {
        let attainment = service.attainments.first { $0.bound == bound }
        cells.append(
          Report.Cell(
            attainment.map { Wording.percent($0.share.rawValue) } ?? "-",
            mark: attainment.map { $0.isMet ? nil : .fails } ?? nil))
      }
      cells += [
        Report.Cell(Wording.overload(service)), Report.Cell(Wording.figure(fleet?.meanReplicas)),
        Report.Cell(Wording.count(fleet?.peakReplicas)), Report.Cell(Wording.count(fleet?.scalingActions)),
        Report.Cell(Wording.count(fleet?.flaps)),
      ]
      if isPriced { cells.append(Report.Cell("\(simulation.costPerMonth)")) }
      return cells
    }
    return Report.Table(columns, rows, emphasized: simulations.count > 1 ? 0 : nil)
  }
}
