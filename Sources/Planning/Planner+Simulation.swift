import Costs
import Quantities
import Scaling
import Serving
import Simulating
import Traffic

extension Planner {
  /// The plan's own policy and its alternatives over one likely future, and the plan's own over recent history.
  func simulations(_ demand: DemandOutlook, _ sizing: Sizing) -> [PolicySimulation] {
    guard let forecast = demand.forecast, let trace else { return [] }
    let future = likelyFuture(near: demand.peak.mid) ?? forecast.mid
    let from = future.index(of: now)
    let ahead = future.slice(max(0, from)..<future.count)
    guard ahead.count > 1 else { return [] }
    var results: [PolicySimulation] = []
    let own = plan.policy
    let over = "a likely future: of \(paths.count) sampled ones, that whose peak is nearest the expected peak"
    results.append(simulate(own, ahead, over, sizing))
    let others: [any PolicyRecipe] = [TargetTrackingRecipe(), ThresholdRecipe(), FixedRecipe()]
    for other in others where other.name != own.name {
      results.append(simulate(other, ahead, over, sizing))
    }
    let recent = trace.series.slice(max(0, trace.series.index(of: trace.series.end - .days(28)))..<trace.series.count)
    if recent.count > 1 {
      results.append(
        simulate(
          own, recent.interpolated(),
          "the last \(NumberFormat.fixed(recent.duration.days, decimals: 0)) days of history", sizing))
    }
    return results
  }

  /// The sampled path whose peak is nearest a rate: a whole future with its noise, where the median path would be
  /// smoother than any day that ever comes.
  private func likelyFuture(near peak: RequestRate) -> TimeSeries<RequestRate>? {
    paths.min {
      abs(($0.peak?.value.perSecond ?? 0) - peak.perSecond) < abs(($1.peak?.value.perSecond ?? 0) - peak.perSecond)
    }
  }

  private func simulate(
    _ policy: any PolicyRecipe, _ demand: TimeSeries<RequestRate>, _ over: String, _ sizing: Sizing
  ) -> PolicySimulation {
    let first = demand.rawValues.first { !$0.isNaN } ?? 0
    let (made, title, initial) = scaler(policy, sizing, firstDemand: .perSecond(first))
    // A flat fleet is bought, not scaled: the autoscaler's bounds do not hold it.
    let isFlat = policy.isFlat
    let world = Self.world(
      plan, initial: initial, minimum: isFlat ? 0 : min(sizing.minimum, sizing.maximum),
      maximum: isFlat ? max(sizing.replicas, initial) : sizing.maximum, seed: seed)
    let outcome = world.run(demand: demand, policy: made)
    let machineHours = outcome.totals.replicaHours / Double(plan.replicasPerMachine)
    let cost = plan.price * .hours(machineHours)
    let months = max(demand.duration.hours / 730, 1e-9)
    return PolicySimulation(
      policy: policy.name, title: title, over: over, outcome: outcome, cost: cost, costPerMonth: cost / months)
  }

  /// The plan's service and fleet as a fluid.
  ///
  /// - Parameter objective: nil for the plan's own.
  static func world(
    _ plan: Plan, initial: Int, minimum: Int, maximum: Int, seed: UInt64, objective: Objective? = nil
  ) -> FluidWorld {
    let startup = plan.service.startup
    return FluidWorld(
      service: plan.service.model,
      fleet: FleetSpec(
        initial: initial, minimum: minimum, maximum: maximum,
        startup: Startup(
          node: .fixed(startup.node), image: .fixed(startup.image), modelLoad: .fixed(startup.modelLoad),
          warm: .fixed(startup.warm)), price: plan.price / Double(plan.replicasPerMachine)),
      queue: QueueSpec(deadline: plan.service.queueLimit), metrics: MetricPipeline(delay: plan.scaling.metricDelay),
      objective: objective ?? plan.service.objective, interpolation: .lines, seed: seed)
  }

  /// How the plan's own policy serves the horizon.
  mutating func recordService(_ simulations: [PolicySimulation]) {
    guard let own = simulations.first else { return }
    let totals = own.outcome.totals
    ledger.record(
      Derivation(
        id: "availability", title: "requests served", value: totals.shareServed.rawValue,
        shown: percent(totals.shareServed.rawValue), formula: "served / offered in the simulation",
        worked:
          "\(NumberFormat.short(totals.served.rawValue, digits: 5)) / \(NumberFormat.short(totals.offered.rawValue, digits: 5)) = \(percent(totals.shareServed.rawValue))",
        inputs: ["peak", "capacity", "replicas"], because: "\(own.title) over \(own.over)."))
    if let attainment = totals.attainments.first {
      ledger.record(
        Derivation(
          id: "attainment", title: "requests answered within \(NumberFormat.duration(attainment.bound.limit))",
          value: attainment.share.rawValue, shown: percent(attainment.share.rawValue),
          formula: "answered within the bound / offered in the simulation", inputs: ["availability"],
          because: attainment.includesService
            ? "Waiting and service time of the queueing model."
            : "The plan gives a measured capacity and no service time: only the wait in the queue is held against the bound."
        ))
    }
  }

  /// A policy from its recipe, its title, and the fleet that it starts with.
  private func scaler(_ recipe: any PolicyRecipe, _ sizing: Sizing, firstDemand: RequestRate)
    -> (any ScalingPolicy, String, Int)
  {
    let paths = paths
    let setting = PolicySetting(
      minimum: sizing.minimum, maximum: sizing.maximum, replicas: sizing.replicas,
      capacity: plan.service.capacity.mid, startup: plan.service.startup.total
    ) { quantile in Planner.path(at: quantile, of: paths) }
    let policy = recipe.policy(in: setting)
    if let flat = policy as? FixedPolicy {
      return (policy, "flat fleet of \(flat.replicas)", flat.replicas)
    }
    let initial = min(
      max(replicas(for: firstDemand / recipe.initialUtilization), sizing.minimum), sizing.maximum)
    return (policy, recipe.title, initial)
  }

  /// The quantile of the sampled futures, step by step.
  static func path(at quantile: Double, of paths: [TimeSeries<RequestRate>]) -> TimeSeries<RequestRate>? {
    guard let first = paths.first else { return nil }
    var column = [Double](repeating: 0, count: paths.count)
    let values = first.rawValues.indices.map { step -> Double in
      for (i, path) in paths.enumerated() { column[i] = path.rawValues[step] }
      return Statistics.quantile(sorted: column.sorted(), quantile) ?? .nan
    }
    return first.with(rawValues: values)
  }
}
