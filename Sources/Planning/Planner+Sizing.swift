import Quantities
import Traffic

extension Planner {
  /// Replicas and machines for the provisioned rate, bounds for the autoscaler, and an ordinary week by hour.
  mutating func sizing(_ demand: DemandOutlook, _ headroom: HeadroomOutcome, _ analysis: TrafficAnalysis?) -> Sizing {
    let provisioned = demand.peak.mid * (1 + headroom.fraction)
    let replicas = max(1, replicas(for: provisioned))
    let week = ordinaryWeek(demand, headroom)
    let quiet = week.min() ?? replicas
    let minimum = plan.scaling.minimum ?? plan.policy.minimum ?? max(1, quiet)
    let maximum = plan.scaling.maximum ?? plan.policy.maximum ?? max(replicas, minimum)
    let machines = machines(for: replicas)
    record(provisioned, replicas, machines)
    let regions = plan.regions.map { region in
      RegionSizing(
        name: region.name, share: region.share, own: self.replicas(for: demand.peak.mid * region.share),
        replicas: self.replicas(for: provisioned * region.share))
    }
    return Sizing(
      peak: demand.peak, provisioned: provisioned, capacityPerReplica: plan.service.capacity.mid, replicas: replicas,
      minimum: minimum, maximum: maximum, replicasPerMachine: plan.replicasPerMachine, machines: machines,
      machine: plan.machine, running: plan.service.running, hourOfWeek: week,
      meanReplicas: week.isEmpty ? Double(replicas) : Double(week.reduce(0, +)) / Double(week.count), regions: regions)
  }

  /// Replicas by hour of the week without events: the highest expected demand of that hour over the horizon, with
  /// the headroom. Empty where the plan states its traffic.
  private func ordinaryWeek(_ demand: DemandOutlook, _ headroom: HeadroomOutcome) -> [Int] {
    guard let forecast = demand.forecast else { return [] }
    let eventDays = Set(
      demand.events.flatMap { event in (0...Int(event.days.rounded(.up))).map { (event.start + $0).daysSinceEpoch } })
    var highest = Array(repeating: 0.0, count: 168)
    let hoursAStep = min(168, max(1, Int(forecast.mid.step.hours.rounded())))
    var seen = false
    for pass in 0..<2 where !seen {
      // A horizon that is all event leaves no ordinary hour: then events count too.
      for (i, value) in forecast.mid.rawValues.enumerated() where !value.isNaN {
        let (date, second) = plan.zone.local(forecast.mid.time(at: i))
        if pass == 0, eventDays.contains(date.daysSinceEpoch) { continue }
        // A step longer than an hour stands for every hour that it covers.
        let first = date.weekday.rawValue * 24 + second / 3600
        for hour in first..<(first + hoursAStep) { highest[hour % 168] = max(highest[hour % 168], value) }
        seen = true
      }
    }
    return highest.map { max(1, replicas(for: .perSecond($0) * (1 + headroom.fraction))) }
  }

  private mutating func record(_ provisioned: RequestRate, _ replicas: Int, _ machines: Int) {
    ledger.record(
      Derivation(
        id: "provisioned", title: "provisioned rate", value: provisioned.perSecond, shown: "\(provisioned)",
        formula: "peak x (1 + headroom)",
        worked: "\(shown("peak")) x (1 + \(shown("headroom"))) = \(NumberFormat.grouped(provisioned.perSecond))/s",
        inputs: ["peak", "headroom"]))
    ledger.record(
      Derivation(
        id: "replicas", title: "replicas", value: Double(replicas), shown: NumberFormat.grouped(Double(replicas)),
        formula: "ceil(provisioned / capacity)",
        worked:
          "ceil(\(NumberFormat.grouped(provisioned.perSecond)) / \(NumberFormat.significant(plan.service.capacity.mid.perSecond, 6))) = \(NumberFormat.grouped(Double(replicas)))",
        inputs: ["provisioned", "capacity"],
        because: "Rounded up, forgiving the rounding error of the division: 0.3 / 0.1 is 3 replicas, not 4."))
    ledger.record(
      Derivation(
        id: "replicas-per-machine", title: "replicas on one machine", value: Double(plan.replicasPerMachine),
        shown: "\(plan.replicasPerMachine)",
        origin: origin("machines[0].replicas", otherwise: .assumption(why: "one replica takes one machine"))))
    ledger.record(
      Derivation(
        id: "machines", title: plan.machine.map { "machines (\($0.name))" } ?? "machines", value: Double(machines),
        shown: NumberFormat.grouped(Double(machines)), formula: "ceil(replicas / replicas-per-machine)",
        worked: "ceil(\(replicas) / \(plan.replicasPerMachine)) = \(machines)",
        inputs: ["replicas", "replicas-per-machine"]))
  }

  func shown(_ id: String) -> String {
    guard let derivation = ledger[id] else { return "?" }
    switch derivation.id {
    case "peak": return NumberFormat.grouped(derivation.value) + "/s"
    default: return derivation.shown
    }
  }

  /// When the capacity that runs today no longer suffices.
  func runway(_ demand: DemandOutlook, _ sizing: Sizing) -> Runway? {
    guard let running = sizing.running, let forecast = demand.forecast else { return nil }
    let capacity = plan.service.capacity.mid * Double(running)
    let today = plan.zone.local(now).date
    let days = forecast.dailyPeaks.filter { $0.date >= today }
    let expected = days.first { $0.peak.mid > capacity }?.date
    let early = days.first { $0.peak.high > capacity }?.date
    let cause = (expected ?? early).flatMap { day in
      demand.events.first { $0.start <= day && day <= $0.start + max(0, Int($0.days.rounded(.up)) - 1) }?.name
    }
    return Runway(capacity: capacity, expected: expected, early: early, cause: cause)
  }
}
