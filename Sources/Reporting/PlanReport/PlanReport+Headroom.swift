import Glibc
import Planning
import Quantities

extension PlanReport {
  /// How much spare, what it covers, and what other choices would mean.
  var headroomSection: Report.Section? {
    let headroom = outcome.headroom
    let share = Wording.percent(headroom.fraction)
    let provisioned = outcome.sizing.provisioned
    var sentence: String
    if let scenario = headroom.scenario {
      sentence =
        "Headroom of \(share) over the expected peak gives \(provisioned). It is the middle of the range for a '\(scenario.name)' (\(Wording.percent(scenario.range.lowerBound)) to \(Wording.percent(scenario.range.upperBound))), which must be able to scale up \(scenario.scaleUp)."
    } else if !headroom.parts.isEmpty {
      let largest = headroom.parts.max { $0.added < $1.added }
      sentence =
        "Headroom of \(share) over the expected peak gives \(provisioned), derived from what it must cover"
        + (largest.map { $0.added > 0 ? "; \($0.kind.rawValue) takes the largest part" : "" } ?? "") + "."
    } else {
      sentence = "Headroom of \(share) over the expected peak, as given in the plan, gives \(provisioned)."
    }
    var blocks: [Report.Block] = []
    if !headroom.parts.isEmpty { blocks += [.part(partsPart), .table(partsTable)] }
    // A peak without doubt is above the capacity or not: there is no curve to it.
    if outcome.risk.curve.count > 1, !outcome.sizing.peak.isCertain { blocks.append(.part(curvePart)) }
    if let part = distributionPart { blocks.append(.part(part)) }
    return Report.Section("Headroom", id: "headroom", sentence, blocks)
  }

  private var partsPart: Report.Part {
    let headroom = outcome.headroom
    let peak = outcome.sizing.peak.mid
    var rows = [
      StackChart.Row(label: "expected peak", parts: [.init(1, .demand, "expected peak \(peak)")], amount: "\(peak)")
    ]
    var at = 1.0
    for part in headroom.parts {
      rows.append(
        .init(
          label: part.kind.rawValue, start: at,
          parts: [.init(part.added, .capacitySpare, "\(part.kind.rawValue): \(Wording.change(part.added))")],
          amount: part.added > 0
            ? Wording.change(part.added)
            : part.alone > 0 ? "covered by another part" : "nothing to add"))
      at += part.added
    }
    rows.append(
      .init(
        label: "provisioned",
        parts: [.init(1 + headroom.fraction, .capacity, "provisioned \(outcome.sizing.provisioned)")],
        amount: "\(outcome.sizing.provisioned)"))
    let covered = headroom.parts.filter { $0.added <= 0 && $0.alone > 0 }
    let active = headroom.parts.filter { $0.added > 0 }
    var sentence =
      active.isEmpty
      ? "None of the parts adds anything."
      : "\(Wording.sentence(Wording.list(active.map { "\($0.kind.rawValue) adds \(Wording.percent($0.added))" }))) of the peak."
    if !covered.isEmpty {
      sentence +=
        " \(Wording.sentence(Wording.list(covered.map { $0.kind.rawValue }))) would need \(Wording.list(covered.map { Wording.percent($0.alone) })) alone and is covered by spare that is held anyway, so it is not counted twice."
    }
    let chart = StackChart(title: "What the headroom covers", description: sentence, rows: rows)
    return Report.Part("What it covers", id: "headroom-parts", sentence, chart)
  }

  private var partsTable: Report.Table {
    let rows = outcome.headroom.parts.map { part -> [Report.Cell] in
      [
        Report.Cell(part.kind.rawValue),
        Report.Cell(
          Wording.percent(part.alone),
          number: "headroom-" + part.kind.rawValue.split(separator: " ").joined(separator: "-")),
        Report.Cell(Wording.percent(part.added)),
        Report.Cell(part.because),
      ]
    }
    return Report.Table([.text("part"), .number("alone"), .number("adds"), .text("because")], rows)
  }

  private var curvePart: Report.Part {
    let curve = outcome.risk.curve
    var sentence: String
    if let point = outcome.risk.chosenPoint {
      sentence =
        "At the chosen \(Wording.percent(point.headroom)) the peak exceeds the capacity in \(Wording.futures(point.overloadProbability))"
        + (point.overloadMinutes > 0
          ? ", for \(Wording.minutes(point.overloadMinutes)) on average over the horizon." : ".")
      if let less = curve.last(where: { $0.headroom < point.headroom / 2 + 1e-9 && $0.headroom < point.headroom }) {
        sentence +=
          " With \(Wording.percent(less.headroom)) it would do so in \(Wording.futures(less.overloadProbability))"
        sentence +=
          isPriced && less.costPerMonth < point.costPerMonth
          ? ", and a flat fleet would cost \(point.costPerMonth - less.costPerMonth) a month less." : "."
      }
    } else {
      sentence = "More headroom costs more and fails less."
    }
    var panels: [CurveChart.Panel] = []
    if isPriced {
      panels.append(
        .init(
          name: "flat fleet, cost a month", unit: .dollars, values: curve.map { $0.costPerMonth.dollars }, kind: .cost))
    } else {
      panels.append(.init(name: "replicas", unit: .replicas, values: curve.map { Double($0.replicas) }, kind: .cost))
    }
    panels.append(
      .init(name: "probability of overload", unit: .percent, values: curve.map { $0.overloadProbability }, kind: .risk))
    if curve.contains(where: { $0.overloadMinutes > 0 }) {
      panels.append(
        .init(
          name: "minutes of overload, expected", unit: .minutes, values: curve.map { $0.overloadMinutes }, kind: .risk))
    }
    let chart = CurveChart(
      title: "Headroom against cost and risk", description: sentence, x: curve.map { $0.headroom }, xUnit: .percent,
      xName: "headroom over the expected peak", panels: panels, chosen: outcome.risk.chosen)
    return Report.Part("Against cost and risk", id: "headroom-curve", sentence, chart)
  }

  /// How high the peak may be, with the capacities as limits.
  private var distributionPart: Report.Part? {
    let peak = outcome.sizing.peak
    guard !peak.isCertain else { return nil }
    let quantile: (Double) -> Double = { p in
      outcome.demand.forecast?.peakQuantile(p).perSecond ?? peak.quantile(p).perSecond
    }
    let above: (Double) -> Double = { rate in
      outcome.demand.forecast?.probability(peakAbove: .perSecond(rate)) ?? peak.probability(above: .perSecond(rate))
    }
    let (low, high) = (quantile(0.002), quantile(0.998))
    guard low.isFinite, high.isFinite, high > low else { return nil }
    let bars = 40
    let width = (high - low) / Double(bars)
    let edges = (0...bars).map { above(low + Double($0) * width) }
    let shares = (0..<bars).map { max(0, edges[$0] - edges[$0 + 1]) }
    let provisioned = outcome.sizing.provisioned
    let risk = above(provisioned.perSecond)
    let sentence =
      "In half of the sampled futures the peak lies above \(peak.mid), in \(Wording.odds(risk)) above the provisioned \(provisioned)."
    var marks: [DistributionChart.Mark] = [
      .init(peak.mid.perSecond, .estimate, "expected \(peak.mid)"),
      .init(provisioned.perSecond, .planned, "provisioned \(provisioned)"),
    ]
    if let running = outcome.sizing.running {
      let capacity = plan.carried(by: running).mid
      // Far outside the picture it would squeeze the rest.
      if capacity.perSecond > low - (high - low), capacity.perSecond < high + (high - low) {
        marks.append(.init(capacity.perSecond, .today, "capacity today \(capacity)"))
      }
    }
    let chart = DistributionChart(
      title: "How high the peak may be", description: sentence, unit: .requestsPerSecond, shares: shares, from: low,
      barWidth: width, marks: marks, limit: provisioned.perSecond)
    return Report.Part(
      "How high the peak may be", id: "peak-distribution", sentence, chart,
      caption: "Height: share of futures. Red: above what is provisioned.")
  }
}
