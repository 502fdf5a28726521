import Catalogs
import Quantities
import Simulating

/// What a failover is asked of a plan.
public struct FailoverQuestion: Sendable {
  public var region: String
  public var kind: RegionIncident.Kind
  /// Seconds.
  public var duration: Double
  /// The moment; nil for the peak.
  public var at: Timestamp?
  public var mechanism: RoutingMechanism?

  public init(
    losing region: String, kind: RegionIncident.Kind = .lost, lasting duration: Double = 3600, at: Timestamp? = nil,
    mechanism: RoutingMechanism? = nil
  ) {
    self.region = region
    self.kind = kind
    self.duration = duration
    self.at = at
    self.mechanism = mechanism
  }
}

/// A failover of a plan, with whether it comes back.
public struct FailoverAnswer: Sendable {
  public var failover: Failover
  /// The moment of the incident; nil where the plan states its traffic.
  public var at: Timestamp?
  /// The region whose queue is watched, what comes of its retries, and what would change it.
  public var storm: RetryStorm
  public var chance: RetryStorm.Chance
  public var triggers: [RetryStorm.Trigger]
  public var remedies: [(change: RetryStorm.Change, chance: RetryStorm.Chance)]
  /// The same without any capacity but what the lost region leaves: what the spare capacity saves.
  public var standby: Standby?

  public struct Standby: Sendable {
    /// Replicas beyond those that the traffic of an ordinary moment needs, and what they cost a month.
    public var replicas: Int
    public var costPerMonth: Money
    /// Minutes in which the objective is missed without them, less those with them.
    public var minutesSaved: Double
    public var costPerMinute: Money? { minutesSaved > 0 ? costPerMonth / minutesSaved : nil }
  }
}

extension PlanOutcome {
  /// Plays the loss of a region on the fleet that the plan sizes.
  ///
  /// - Returns: nil where the plan has no such region.
  public func failover(_ question: FailoverQuestion, seed: UInt64) -> FailoverAnswer? {
    guard let lost = sizing.regions.firstIndex(where: { $0.name == question.region }) else { return nil }
    let (setting, start) = failoverSetting(at: question.at, mechanism: question.mechanism)
    let incident = RegionIncident(question.kind, region: lost, start: start, duration: question.duration)
    let failover = Failover(setting, incident)
    let storm = Self.storm(failover)
    let small = storm.scaled(toCapacity: 100)
    let chance = small.chance(runs: 64, seed: seed)
    let tiny = storm.scaled(toCapacity: 50)
    let triggers = [
      RetryStorm.Trigger.spike(rate: 0, seconds: 30), .capacityLost(share: 0, seconds: 30),
      .degraded(factor: 1, seconds: 30),
    ].compactMap { tiny.tippingPoint($0, runs: 8, seed: seed) }
    let remedies = chance.share < 0.95 ? small.remedies(runs: 16, seed: seed) : []
    var answer = FailoverAnswer(
      failover: failover, at: question.at ?? demand.peakTime, storm: storm, chance: chance, triggers: triggers,
      remedies: remedies)
    answer.standby = standby(failover, setting, incident)
    return answer
  }

  /// The loss, for an hour at the peak, of the region with the most traffic; nil where there are no two regions.
  public func worstFailover() -> Failover? {
    guard sizing.regions.count > 1,
      let lost = sizing.regions.indices.max(by: { sizing.regions[$0].share < sizing.regions[$1].share })
    else { return nil }
    let (setting, start) = failoverSetting(at: nil, mechanism: nil)
    return Failover(setting, RegionIncident(.lost, region: lost, start: start, duration: 3600))
  }

  /// The regions as sized, their traffic around a moment, and what the plan says of routing and clients.
  private func failoverSetting(at: Timestamp?, mechanism: RoutingMechanism?) -> (FailoverSetting, start: Double) {
    let spec = plan.recovery
    let capacity = plan.service.capacity.mid
    let regions = sizing.regions.map { region in
      let pools = plan.fleet.supply.pools(in: region.name)
      let hot = pools.pools.reduce(0) {
        $1.lifecycle == .standbyHot || $1.lifecycle == .standbyWarm ? $0 + $1.room : $0
      }
      let stands = region.replicas + hot
      let cold = pools.pools.reduce(0) { $1.lifecycle == .standbyCold ? $0 + $1.room : $0 }
      let packing = plan.fleet.replicasPerMachine
      // A tenfold fleet where no quota is known: the bound is then the time.
      let most = pools.quota.map { max(stands, $0 * packing + cold) } ?? max(stands * 10, stands + cold)
      return FailoverSetting.Region(
        name: region.name, capacity: capacity.carried(by: stands).rawValue,
        limit: capacity.carried(by: min(most, 1_000_000)).rawValue)
    }
    let (values, step, start) = demandAround(at)
    let origins =
      placedOrigins(values, step)
      ?? sizing.regions.enumerated().map { i, region in
        FailoverSetting.Origin(
          name: region.name, demand: values.map { $0 * region.share },
          shares: sizing.regions.indices.map { $0 == i ? 1 : 0 },
          fallback: sizing.regions.enumerated().map { $0.offset == i ? 0 : $0.element.share })
      }
    let startup = plan.service.startup.mean.seconds
    let missing = regions.reduce(0) { max($0, $1.limit - $1.capacity) }
    let setting = FailoverSetting(
      regions: regions, origins: origins, demandStep: step, mechanism: mechanism ?? spec.mechanism,
      retries: spec.retries, queue: spec.queue,
      // An autoscaler sees the load after about half a minute; what it asks for comes within the minute after its startup.
      scaleUp: startup > 0 && missing > 0
        ? .init(delay: 30 + startup, rate: missing / 60) : .none,
      caches: spec.caches, replicationLag: spec.parts.replicationLag,
      objective: plan.service.objective.availability?.rawValue ?? 0.99)
    return (setting, start)
  }

  /// Where a placement routes each region's demand, before a loss and after it; nil where nothing was placed.
  private func placedOrigins(_ values: [Double], _ step: Double) -> [FailoverSetting.Origin]? {
    guard let outcome = placement, outcome.isPlaced, let placed = outcome.placement else { return nil }
    let problem = outcome.problem
    let capacity = placed.capacity(problem)
    let hour = (0..<problem.steps).max { a, b in
      problem.origins.reduce(0) { $0 + $1.demand[a] } < problem.origins.reduce(0) { $0 + $1.demand[b] }
    }
    let flow = problem.routing(capacity: capacity, hour: hour ?? 0)
    return problem.origins.enumerated().map { o, origin in
      let sum = flow[o].reduce(0, +)
      let share = plan.fleet.origins.first { $0.name == origin.id }?.share ?? 0
      let home = problem.regions.indices.map { $0 == origin.home ? 1.0 : 0 }
      let may = Set(
        problem.losses.indices.flatMap { problem.admitted(o, losing: $0) } + problem.admitted(o, losing: nil))
      return FailoverSetting.Origin(
        name: origin.id, demand: values.map { $0 * share }, shares: sum > 0 ? flow[o].map { $0 / sum } : home,
        fallback: problem.regions.indices.map { $0 != origin.home && may.contains($0) ? capacity[$0] : 0 })
    }
  }

  /// The expected demand from six hours before a moment to two days behind it, and where in it the moment lies.
  private func demandAround(_ at: Timestamp?) -> (values: [Double], step: Double, start: Double) {
    guard let forecast = demand.forecast?.mid, forecast.count > 0, let moment = at ?? demand.peakTime else {
      return ([sizing.peak.mid.rawValue], 3600, 3600)
    }
    let step = forecast.step.seconds
    let center = min(max(0, forecast.index(of: moment)), forecast.count - 1)
    let before = max(1, Int((6 * 3600 / step).rounded(.up)))
    let from = max(0, center - before)
    let to = min(forecast.count, center + max(2, Int(48 * 3600 / step)))
    var last = forecast.rawValues[center].isNaN ? sizing.peak.mid.rawValue : forecast.rawValues[center]
    let values = (from..<to).map { i -> Double in
      let value = forecast.rawValues[i]
      if !value.isNaN { last = max(0, value) }
      return last
    }
    return (values, step, Double(center - from) * step)
  }

  /// The queue of the standing region that is loaded most, through the loss and after it.
  private static func storm(_ failover: Failover) -> RetryStorm {
    let setting = failover.setting
    let r = failover.peakOverload.region
    let own = setting.origins.reduce(0) { sum, origin in
      let i = min(origin.demand.count - 1, Int(failover.incident.start / setting.demandStep))
      return sum + (origin.demand.isEmpty ? 0 : origin.demand[max(0, i)] * origin.shares[r])
    }
    let capacity = max(1e-6, setting.regions[r].capacity)
    let load = failover.peakOverload.load * capacity
    return RetryStorm(
      rate: own, capacity: capacity, queue: max(1, Int(min(1e8, setting.queue.seconds * capacity))),
      retries: setting.retries, servesAbandoned: setting.queue.servesAbandoned,
      trigger: .spike(rate: max(own, min(load, 10 * capacity)), seconds: min(60, max(10, failover.missedSeconds))),
      after: 60)
  }

  /// What the capacity beyond an ordinary moment's need saves when the region is lost.
  private func standby(_ failover: Failover, _ setting: FailoverSetting, _ incident: RegionIncident) -> FailoverAnswer
    .Standby?
  {
    guard incident.kind == .lost else { return nil }
    let needed = sizing.regions.map(\.own)
    let spare = zip(sizing.regions, needed).reduce(0) { $0 + max(0, $1.0.replicas - $1.1) }
    guard spare > 0 else { return nil }
    var bare = setting
    for (r, n) in needed.enumerated() {
      bare.regions[r].capacity = min(bare.regions[r].capacity, plan.service.capacity.mid.carried(by: n).rawValue)
    }
    let without = Failover(bare, incident)
    let supply = plan.fleet.supply
    let cost =
      supply.holding(sizing.regions.map(\.replicas)).fleet.costPerMonth.total
      - supply.holding(needed).fleet.costPerMonth.total
    return FailoverAnswer.Standby(
      replicas: spare, costPerMonth: cost,
      minutesSaved: max(0, without.missedSeconds - failover.missedSeconds) / 60)
  }
}
