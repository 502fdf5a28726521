import Costs
import Planning
import Quantities

extension PlanReport {
  /// Replicas by hour of the week, and what following them saves.
  var hourOfWeek: Report.Section? {
    let week = outcome.sizing.hourOfWeek
    // Days know nothing of their hours.
    guard (outcome.trace?.series.step ?? .zero) <= .hours(1) else { return nil }
    guard week.count == 168, let most = week.max(), let least = week.min() else { return nil }
    let highest = week.firstIndex(of: most) ?? 0
    let lowest = week.firstIndex(of: least) ?? 0
    var sentence: String
    if most == least {
      sentence = "An ordinary week needs \(Wording.count(most, "replica")) at every hour: there is nothing to follow."
    } else {
      sentence =
        "An ordinary week needs from \(NumberFormat.grouped(Double(least))) replicas (\(Wording.hourOfWeek(lowest))) to \(NumberFormat.grouped(Double(most))) (\(Wording.hourOfWeek(highest))), \(NumberFormat.significant(outcome.sizing.meanReplicas, 3)) on average."
      if isPriced, outcome.cost.saving > 0.005 {
        sentence +=
          " A fleet that follows it costs \(outcome.cost.followingPerMonth) a month, \(Wording.percent(outcome.cost.saving)) less than a flat fleet for its busiest hour."
      }
    }
    let map = HeatMap(
      title: "Replicas by hour of the week", description: sentence, values: week.map(Double.init),
      cellText: { NumberFormat.short($0) },
      tooltip: { "\(Wording.count(Int($0), "replica")), enough for \(outcome.plan.carried(by: Int($0)).mid)" })
    return Report.Section(
      "Hour of the week", id: "week", sentence,
      [
        .chart(
          map, id: "week-chart",
          caption: "Replicas for an ordinary week, headroom included, events left out. \(zoneNote)")
      ])
  }

  /// Regions: their own need and what they hold.
  var regions: Report.Section? {
    if let placed = regionsAsPlaced() { return placed }
    let regions = outcome.sizing.regions
    guard !regions.isEmpty else { return nil }
    let spare = regions.reduce(0) { $0 + max(0, $1.replicas - $1.own) }
    let largest = regions.max { $0.share < $1.share }
    let sentence =
      "\(largest?.name ?? "") carries \(Wording.percent(largest?.share ?? 0)) of the traffic; together the regions hold \(Wording.count(spare, "replica")) more than their own peaks need."
    let chart = StackChart(
      title: "Replicas by region", description: sentence,
      rows: regions.map { region in
        StackChart.Row(
          label: region.name,
          parts: [
            .init(Double(region.own), .capacity, "\(region.name): \(region.own) for its own peak"),
            .init(
              Double(max(0, region.replicas - region.own)), .capacitySpare,
              "\(region.name): \(max(0, region.replicas - region.own)) to spare"),
          ],
          amount:
            "\(NumberFormat.grouped(Double(region.replicas))), \(NumberFormat.grouped(Double(region.own))) for its own peak"
        )
      })
    return Report.Section(
      "Regions", id: "regions", sentence,
      [.chart(chart, id: "regions-chart", caption: "Replicas: own peak in full colour, spare in light.")])
  }

  /// What it costs, and what changes that.
  var cost: Report.Section? {
    guard isPriced else { return nil }
    let cost = outcome.cost
    let sizing = outcome.sizing
    var sentence =
      "A flat fleet of \(Wording.machines(of: sizing.fleet)) for the peak costs \(cost.flatPerMonth) a month"
    if cost.saving > 0.005 {
      sentence +=
        "; one that follows the ordinary week \(cost.followingPerMonth), \(Wording.percent(cost.saving)) less than a flat fleet for that week's busiest hour (\(cost.ordinaryFlatPerMonth))"
    }
    sentence += "."
    var rows: [[Report.Cell]] = [
      [
        "flat fleet for the peak", Report.Cell(NumberFormat.grouped(Double(sizing.machines)), number: "machines"),
        Report.Cell("\(cost.flatPerMonth)", number: "cost-per-month-flat"), "-", "every hour at the size of the peak",
      ]
    ]
    if !sizing.hourOfWeek.isEmpty {
      if cost.flatPerMonth > cost.ordinaryFlatPerMonth, isPriced {
        rows.append([
          "flat fleet for the ordinary week",
          Report.Cell(outcome.ledger["machines-ordinary"]?.shown ?? "-", number: "machines-ordinary"),
          Report.Cell("\(cost.ordinaryFlatPerMonth)", number: "cost-per-month-ordinary-flat"),
          Report.Cell(change(cost.ordinaryFlatPerMonth, cost.flatPerMonth)),
          "every hour at the size of its busiest, no events",
        ])
      }
      rows.append([
        "following the ordinary week",
        Report.Cell(outcome.ledger["machines-mean"]?.shown ?? "-", number: "machines-mean"),
        Report.Cell("\(cost.followingPerMonth)", number: "cost-per-month"),
        Report.Cell(change(cost.followingPerMonth, cost.flatPerMonth)),
        "sized hour by hour, headroom included, no events",
      ])
    }
    if let simulated = cost.simulatedPerMonth, let own = ownSimulation {
      rows.append([
        Report.Cell("simulated: \(own.title)"), Report.Cell(Wording.figure(own.outcome.fleet?.use.meanMachines)),
        Report.Cell("\(simulated)"),
        Report.Cell(change(simulated, cost.flatPerMonth)),
        "the policy over one likely future, events and startup included",
      ])
    }
    let emphasized = rows.firstIndex { $0.first?.text == "following the ordinary week" } ?? 0
    let table = Report.Table(
      [.text("fleet"), .number("machines, mean"), .number("a month"), .number("against flat"), .text("how")], rows,
      emphasized: emphasized)
    let horizon =
      "Over the horizon of \(NumberFormat.duration(plan.horizon)) the fleet costs \(cost.horizon)"
      + (cost.events > .zero ? ", of which events cause \(cost.events)" : "")
      + ". An hour of one \(sizing.machine?.name ?? "machine") costs \(cost.hourlyPrice) (\(cost.priceSource)); a month has 730 hours."
    return Report.Section(
      "Cost", id: "cost", sentence, [.table(table), .text(horizon)] + (bill(cost.bill).map { [.table($0)] } ?? []))
  }

  /// The flat fleet's month by what is paid for; nil where that is one line.
  private func bill(_ bill: CostBreakdown) -> Report.Table? {
    guard bill.lines.count + bill.charges.count > 1 else { return nil }
    let hasRegions = !plan.fleet.regions.isEmpty
    let rows = bill.lines.map { line in
      [Report.Cell("\(line.what), \(line.lifecycle)")] + (hasRegions ? [Report.Cell(line.region)] : []) + [
        Report.Cell(NumberFormat.grouped(line.machineHours.rawValue.rounded())), Report.Cell("\(line.price.hourly)"),
        Report.Cell("\(line.amount)"),
      ]
    }
    let charges = bill.charges.map { charge in
      [Report.Cell(charge.what)] + (hasRegions ? [Report.Cell(charge.region)] : []) + [
        Report.Cell("-"), Report.Cell("\(charge.hourly)"), Report.Cell("\(bill.amount(of: charge))"),
      ]
    }
    return Report.Table(
      [.text("flat fleet, by what is paid for")] + (hasRegions ? [.text("region")] : []) + [
        .number("machine-hours a month"), .number("an hour"), .number("a month"),
      ], rows + charges)
  }

  private func change(_ a: Money, _ b: Money) -> String { b > .zero ? Wording.change(a / b - 1) : "-" }
}
