import Quantities
import Scaling
import Serving

/// One run of the fluid world: its whole state, and the loop.
struct FluidRun<Policy: ScalingPolicy> {
  private let world: FluidWorld
  private let start: Timestamp
  private let tick: Duration
  private let ticks: Int
  /// The tick in seconds and in nanoseconds.
  private let dt: Double
  private let tickNanoseconds: Int64
  private let replicaCapacity: Double
  private let periodNanoseconds: Int64

  private var policy: Policy
  private var fleet: ReplicaFleet
  private var queue: FluidQueue
  private var feed: MetricFeed
  private var levels: LevelTable
  private let knowsLatency: Bool
  private let isInstant: Bool
  private let minimum: Int
  private let maximum: Int
  private let flappingNanoseconds: Int64
  private let actionLimit: Int
  private let serviceTimes: [ServiceTimeTable]
  private let idleP99: Double
  private var recorder: TimelineRecorder
  private var tally = Tally()
  private var worst = WorstTick(because: Reason(.notMeasured))
  /// The policy's last look: when, the demand that it saw, and what it said.
  private var lastLook = 0
  private var lastSeen = Double.nan
  private var decision: Decision
  private var actions: [(time: Int64, from: Int, to: Int, because: Reason)] = []
  private var lastAction: (time: Int64, up: Bool)?
  private let bounds: [Double]
  /// Seconds; infinite where nobody gives up.
  private let deadline: Double

  /// Sums over the run.
  struct Tally {
    var offered = 0.0
    var served = 0.0
    var dropped = 0.0
    var waited = 0.0
    var overloadTicks = 0
    var replicaTicks = 0
    var startingSeconds = 0.0
    var within: [Double] = []
    var ups = 0
    var downs = 0
    var flaps = 0
    var peakReplicas = 0
    var leastReplicas = Int.max
    var peakUtilization = 0.0
  }

  /// The tick with the largest shortfall, or the highest utilization where there is none.
  struct WorstTick {
    /// Utilization up to 1; 1 plus the shortfall beyond.
    var score = -1.0
    var tick = 0
    var demand = 0.0
    var capacity = 0.0
    var counts = ReplicaCount(desired: 0, ready: 0)
    var stage: (stage: StartupStage, count: Int)?
    var look = 0
    var seen = Double.nan
    var because: Reason
  }

  init(world: FluidWorld, demand: DemandTicks, policy: Policy) {
    self.world = world
    self.policy = policy
    start = demand.start
    decision = Decision(desired: world.fleet.initial, because: Reason(.notMeasured))
    tick = demand.tick
    ticks = demand.rates.count
    dt = demand.tick.seconds
    tickNanoseconds = demand.tick.nanoseconds
    let capacity = world.service.capacityPerReplica.rawValue
    replicaCapacity = capacity.isFinite && capacity > 0 ? capacity : 0
    periodNanoseconds = max(1, policy.period.nanoseconds)
    fleet = ReplicaFleet(world.fleet, seed: world.seed)
    queue = FluidQueue(world.queue, replicaCapacity: replicaCapacity, tick: dt)
    feed = MetricFeed(world.metrics, tick: demand.tick)
    bounds = world.objective.latency.map { $0.limit.seconds }
    deadline = world.queue.deadline?.seconds ?? .infinity
    levels = LevelTable(world.service, bounds: bounds)
    knowsLatency = levels.isKnown
    isInstant = feed.isInstant
    minimum = world.fleet.minimum
    maximum = world.fleet.maximum
    flappingNanoseconds = world.flappingWindow.nanoseconds
    actionLimit = world.actionLimit
    serviceTimes = bounds.map { ServiceTimeTable(world.service, bound: $0) }
    idleP99 = world.service.level(of: .zero, replicas: 1).latency?.p99 ?? 0
    recorder = TimelineRecorder(
      start: demand.start, tick: demand.tick, ticks: ticks, points: world.timelinePoints, price: world.fleet.price)
    tally.within = bounds.map { _ in 0 }
  }

  /// Runs through all ticks.
  mutating func advance(_ rates: UnsafeBufferPointer<Double>) {
    var nextLook: Int64 = 0
    var now: Int64 = 0
    // One observation for the whole run: a new one each look would cost more than the policy.
    var observation = Observation(time: start, replicas: fleet.counts, signals: Signals())
    for i in 0..<rates.count {
      let demand = rates[i]
      let time = Double(i) * dt
      if fleet.nextEvent <= time { fleet.advance(to: time) }

      // What meters read at this moment, before the policy acts.
      let looks = now >= nextLook
      if !isInstant {
        feed.add(measure(demand), tick: i)
      } else if looks {
        observation.signals = measure(demand)
      }
      if looks {
        // The next look is a whole number of periods from the start, so that a period that is no whole number of
        // ticks keeps its mean.
        nextLook += periodNanoseconds
        if nextLook <= now { nextLook = (now / periodNanoseconds + 1) * periodNanoseconds }
        if !isInstant { observation.signals = feed.read(at: i) }
        observation.time = Timestamp(nanosecondsSinceEpoch: start.nanosecondsSinceEpoch &+ now)
        observation.replicas = fleet.counts
        decision = policy.step(observation)
        lastLook = i
        lastSeen = observation.signals.demand
        let wanted = min(max(decision.desired, minimum), maximum)
        if wanted != observation.replicas.desired {
          note(from: observation.replicas.desired, to: wanted, now)
          fleet.scale(to: wanted, at: time)
        }
      }
      serve(tick: i, time: time, demand: demand)
      now &+= tickNanoseconds
    }
    recorder.flush()
  }

  @inline(__always)
  private mutating func measure(_ demand: Double) -> Signals {
    var signals = Signals()
    signals.demand = demand
    signals.queueDepth = queue.waiting
    let capacity = Double(fleet.ready) * replicaCapacity
    if capacity > 0 {
      signals.utilization = queue.waiting > 0 || demand >= capacity ? 1 : demand / capacity
    }
    if knowsLatency {
      let response = latency(demand: demand, capacity: capacity, ready: fleet.ready, wait: queue.waiting / capacity)
      // Meters have an end: a day stands for "no answer", so that a mean over time stays a number.
      signals.p99Latency = min(response.p99, 86400)
      signals.concurrency = capacity > 0 ? min(demand, capacity) * response.mean + queue.waiting : queue.waiting
    }
    return signals
  }

  /// Mean (without the wait in the overload queue) and p99 (with it), in seconds.
  private mutating func latency(
    demand: Double, capacity: Double, ready: Int, wait: Double
  ) -> (mean: Double, p99: Double) {
    guard capacity > 0 else { return demand > 0 || queue.waiting > 0 ? (0, .infinity) : (0, 0) }
    levels.select(replicas: ready, utilization: queue.waiting > 0 ? 1 : demand / capacity)
    let p99 = levels.value(LevelTable.p99)
    return (levels.value(LevelTable.mean), wait > 0 ? max(p99, wait + idleP99) : p99)
  }

  private mutating func note(from: Int, to: Int, _ now: Int64) {
    let up = to > from
    if up { tally.ups += 1 } else { tally.downs += 1 }
    if let last = lastAction, last.up != up, now - last.time <= flappingNanoseconds { tally.flaps += 1 }
    lastAction = (now, up)
    if actions.count < actionLimit { actions.append((now, from, to, decision.because)) }
  }

  @inline(__always)
  private mutating func serve(tick i: Int, time: Double, demand: Double) {
    let ready = fleet.ready
    let starting = fleet.starting.count
    let total = fleet.total
    var readySeconds = 0.0
    if fleet.starting.nextReady < time + dt { readySeconds = fleet.starting.readySeconds(before: time + dt) }
    // Replicas that become ready within the tick serve for the rest of it.
    let capacity = (Double(ready) + readySeconds / dt) * replicaCapacity

    let result = queue.advance(demand: demand, capacity: capacity, seconds: dt)
    let busy = capacity > 0 ? demand / capacity : (demand > 0 ? .infinity : 0)
    let waits = result.before > 0 || result.after > 0

    tally.offered += demand * dt
    tally.served += result.served
    tally.dropped += result.dropped
    tally.waited += result.waited
    if demand > capacity { tally.overloadTicks += 1 }
    tally.replicaTicks += total
    tally.startingSeconds += Double(starting) * dt - readySeconds
    if total > tally.peakReplicas { tally.peakReplicas = total }
    if total < tally.leastReplicas { tally.leastReplicas = total }
    if busy > tally.peakUtilization { tally.peakUtilization = busy }

    var p99 = Double.nan
    if knowsLatency || !bounds.isEmpty {
      p99 = judge(demand, capacity, ready: ready, result, waits: waits)
    }
    let score = busy <= 1 ? busy : 1 + (demand - capacity)
    if score > worst.score { noteWorst(score, i, time, demand, capacity) }
    recorder.add(
      demand: demand, capacity: capacity, ready: ready, starting: starting, desired: ready + starting, paid: total,
      queue: result.before > result.after ? result.before : result.after, unserved: result.dropped,
      utilization: waits || busy > 1 ? 1 : busy, p99: p99)
  }

  /// Counts the requests within the bounds; gives p99.
  private mutating func judge(
    _ demand: Double, _ capacity: Double, ready: Int, _ result: FluidQueue.Tick, waits: Bool
  ) -> Double {
    // Who would wait beyond the deadline gives up: those that are served wait no longer.
    let before = result.before > 0 ? min(result.before / capacity, deadline) : 0
    let after = result.after > 0 ? min(result.after / capacity, deadline) : 0
    let wait = max(before, after)
    var p99 = Double.nan
    if knowsLatency {
      // In the tick in which the first replicas become ready there may be capacity without a ready replica.
      p99 = latency(demand: demand, capacity: capacity, ready: max(1, ready), wait: wait).p99
    }
    guard demand > 0 else { return p99 }
    let accepted = max(0, demand * dt - result.dropped)
    for i in bounds.indices {
      var share = knowsLatency && capacity > 0 ? levels.value(LevelTable.firstShare + i) : 1
      if waits {
        share = min(share, Self.meanShare(serviceTimes[i], knowsLatency, bounds[i] - before, bounds[i] - after))
      }
      if capacity <= 0 { share = 0 }
      tally.within[i] += accepted * share
    }
    return p99
  }

  /// The share of a tick's arrivals that end in time, where the time left after waiting runs from `from` to `to`.
  private static func meanShare(
    _ table: ServiceTimeTable, _ knowsService: Bool, _ from: Double, _ to: Double
  ) -> Double {
    guard from.isFinite, to.isFinite else { return 0 }
    let low = min(from, to)
    let high = max(from, to)
    guard high > 0 else { return 0 }
    let inTime = low >= 0 || high == low ? 1 : high / (high - low)
    guard knowsService else { return inTime }
    // Simpson's rule over the arrivals that have any time left.
    let left = max(low, 0)
    let middle = table.share(within: (left + high) / 2)
    return inTime * (table.share(within: left) + 4 * middle + table.share(within: high)) / 6
  }

  private mutating func noteWorst(_ score: Double, _ i: Int, _ time: Double, _ demand: Double, _ capacity: Double) {
    worst = WorstTick(
      score: score, tick: i, demand: demand, capacity: capacity, counts: fleet.counts,
      stage: score > 1 ? fleet.starting.largestStage(at: time) : nil, look: lastLook, seen: lastSeen,
      because: decision.because)
  }

  func outcome() -> Outcome {
    var totals = Outcome.Totals()
    totals.offered = Count(rawValue: tally.offered)
    totals.served = Count(rawValue: tally.served)
    totals.unserved = Count(rawValue: tally.dropped)
    totals.waiting = Count(rawValue: queue.waiting)
    totals.queuedSeconds = tally.waited
    totals.overload = tick * tally.overloadTicks
    totals.attainments = world.objective.latency.indices.map {
      Outcome.Attainment(
        bound: world.objective.latency[$0],
        share: Fraction(rawValue: tally.offered > 0 ? min(1, tally.within[$0] / tally.offered) : 1),
        includesService: knowsLatency)
    }
    let hours = dt / 3600
    totals.replicaHours = Double(tally.replicaTicks) * hours
    totals.startingHours = tally.startingSeconds / 3600
    totals.warmNodeHours = Double(world.fleet.warmNodes) * Double(ticks) * hours
    totals.cost = world.fleet.price.map {
      .dollars($0.rawValue * (totals.replicaHours + totals.warmNodeHours))
    }
    totals.scaleUps = tally.ups
    totals.scaleDowns = tally.downs
    totals.flaps = tally.flaps
    totals.peakReplicas = tally.peakReplicas
    totals.minimumReplicas = ticks > 0 ? tally.leastReplicas : 0
    totals.peakUtilization = Utilization(rawValue: tally.peakUtilization)
    return Outcome(
      start: start, duration: tick * ticks, tick: tick, totals: totals,
      timeline: recorder.timeline, worst: diagnosis(),
      actions: actions.map {
        Outcome.ScalingAction(
          time: Timestamp(nanosecondsSinceEpoch: start.nanosecondsSinceEpoch &+ $0.time), from: $0.from, to: $0.to,
          rule: $0.because.rule.name.description, reason: $0.because.description)
      })
  }

  /// The worst tick with what stood in the way of more capacity.
  private func diagnosis() -> WorstMoment? {
    guard ticks > 0 else { return nil }
    let needed =
      replicaCapacity > 0 ? Int(min(Statistics.ceilingOfRatio(worst.demand, replicaCapacity), 1e15)) : Int.max
    return WorstMoment(
      time: Timestamp(nanosecondsSinceEpoch: start.nanosecondsSinceEpoch &+ Int64(worst.tick) &* tickNanoseconds),
      demand: .perSecond(worst.demand), capacity: .perSecond(worst.capacity), needed: needed,
      ready: worst.counts.ready, starting: worst.counts.starting, desired: worst.counts.desired,
      cause: cause(needed: needed))
  }

  private func cause(needed: Int) -> WorstMoment.Cause {
    let counts = worst.counts
    guard worst.score > 1 else { return .none }
    if counts.desired >= world.fleet.maximum, needed > world.fleet.maximum {
      return .maximumReached(world.fleet.maximum)
    }
    // Both may be short: what accounts for more replicas is named.
    if let stage = worst.stage, counts.starting >= needed - counts.desired {
      return .starting(stage: stage.stage, waiting: stage.count)
    }
    let seen = worst.seen
    let seenNeed = replicaCapacity > 0 ? seen / replicaCapacity : 0
    if seenNeed <= Double(counts.desired) {
      // A mean over time is as old as the middle of that time.
      let age = worst.tick - feed.measuredAt(visibleAt: worst.look) + feed.window / 2
      let sinceLook = worst.tick - worst.look
      if sinceLook > 0, sinceLook >= age - sinceLook {
        return .betweenLooks(
          ago: tick * sinceLook, period: .nanoseconds(periodNanoseconds))
      }
      if age > 0 || seen < worst.demand {
        return .notYetSeen(measured: .perSecond(seen), age: tick * age)
      }
    }
    return .policy(rule: worst.because.rule.name.description, reason: worst.because.description)
  }
}
