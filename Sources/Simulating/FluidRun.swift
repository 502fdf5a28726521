import Quantities
import Scaling
import Serving

/// One run of the fluid world: its whole state, and the loop. A run is a value: a copy taken on the way goes on from
/// there, which is how short times are looked at again tick by tick.
struct FluidRun<Policy: ScalingPolicy> {
  private let setting: Setting
  var world: FluidWorld { setting.world }
  let start: Timestamp
  let tick: Duration
  let ticks: Int
  /// The tick in seconds and in nanoseconds.
  let dt: Double
  let tickNanoseconds: Int64
  let replicaCapacity: Double
  let periodNanoseconds: Int64
  let knowsLatency: Bool
  private let measuresLatency: Bool
  let needsUtilization: Bool
  let isInstant: Bool
  private let keepsMeasurements: Bool
  let minimum: Int
  let maximum: Int
  private let flappingNanoseconds: Int64
  private let actionLimit: Int
  let boundCount: Int
  /// Seconds; infinite where nobody gives up.
  private let deadline: Double

  var policy: Policy
  private(set) var fleet: ReplicaFleet
  var queue: FluidQueue
  var feed: MetricFeed
  private(set) var incidents: IncidentClock
  private var hasIncidents: Bool
  private(set) var batch: BatchRun?
  private let hasBatch: Bool
  var tally = Tally()
  private(set) var worst = WorstTick(because: Reason(.notMeasured))
  private var nextTick = 0
  var nextLook: Int64 = 0
  var lastLook = 0
  var decision: Decision
  private(set) var actions: [(time: Int64, from: Int, to: Int, because: Reason)] = []
  private var lastAction: (time: Int64, up: Bool)?
  /// Whether ``decision`` already is that of the look to come.
  var hasDecided = false
  /// Whether the last look kept the replicas.
  private var hasHeld = false
  /// Whether looks may be left out while a policy would keep the replicas.
  private let mayStandStill: Bool
  private var lastLoss: (tick: Int, count: Int)?
  /// Of so many ready replicas, those on spot machines: asked once for each number.
  private var spot = (of: -1, count: 0)

  // The fleet as the loop needs it; brought up to date only when it changes.
  var isStale = true
  var ready = 0
  var starting = 0
  /// What was last asked for: less than ready and starting while a rollout surges.
  var desired = 0
  var total = 0
  var paid = 0
  var readyCapacity = 0.0
  var nextReady = Double.infinity

  /// A world is large: runs share it.
  private final class Setting: Sendable {
    let world: FluidWorld
    init(_ world: FluidWorld) { self.world = world }
  }

  /// Sums over the run.
  struct Tally {
    var served = 0.0
    var dropped = 0.0
    var waited = 0.0
    var overloadTicks = 0
    var replicaTicks = 0
    var paidTicks = 0
    /// Ticks by the number of replicas that were paid for, and the number that is now.
    var paidCounts: [Int: Int] = [:]
    var paidNow = 0
    var paidNowTicks = 0
    var startingSeconds = 0.0
    var within: [Double] = []
    var ups = 0
    var downs = 0
    var flaps = 0
    var peakReplicas = 0
    var leastReplicas = Int.max
    var peakUtilization = 0.0

    /// Ticks from now on are paid for so many replicas.
    mutating func notePaid(_ replicas: Int) {
      guard replicas != paidNow else { return }
      if paidNowTicks > 0 { paidCounts[paidNow, default: 0] += paidNowTicks }
      paidNow = replicas
      paidNowTicks = 0
    }
  }

  /// The tick with the largest shortfall, or the highest utilization where there is none.
  struct WorstTick {
    /// Utilization up to 1; 1 plus the shortfall beyond.
    var score = -1.0
    var tick = 0
    var demand = 0.0
    var capacity = 0.0
    var counts = ReplicaCount(desired: 0, ready: 0)
    var isRolling = false
    var stage: (stage: StartupStage, count: Int)?
    var quota: (nodes: Int, waiting: Int)?
    var loss: (tick: Int, count: Int)?
    var look = 0
    var because: Reason
  }

  init(world: FluidWorld, demand: DemandTicks, policy: Policy, knowsLatency: Bool) {
    setting = Setting(world)
    self.policy = policy
    self.knowsLatency = knowsLatency
    start = demand.start
    decision = Decision(desired: world.dynamics.initial, because: Reason(.notMeasured))
    tick = demand.tick
    ticks = demand.rates.count
    dt = demand.tick.seconds
    tickNanoseconds = demand.tick.nanoseconds
    let capacity = world.service.capacityPerReplica.rawValue
    replicaCapacity = capacity.isFinite && capacity > 0 ? capacity : 0
    periodNanoseconds = max(1, policy.period.nanoseconds)
    fleet = ReplicaFleet(world.dynamics, seed: world.seed)
    queue = FluidQueue(world.queue, replicaCapacity: replicaCapacity, tick: dt)
    let reads = policy.reads
    feed = MetricFeed(world.metrics, reads: reads, tick: demand.tick, incidents: world.incidents.planned)
    measuresLatency = knowsLatency && !reads.isDisjoint(with: [.concurrency, .p99Latency])
    needsUtilization = reads.contains(.utilization)
    isInstant = feed.isInstant
    keepsMeasurements = !feed.kept.isEmpty
    incidents = IncidentClock(world.incidents, seed: world.seed)
    hasIncidents = !incidents.isIdle
    batch = BatchRun(world.batch, replicaCapacity: replicaCapacity, tick: dt)
    hasBatch = batch != nil
    deadline = world.queue.deadline?.seconds ?? .infinity
    minimum = world.dynamics.minimum
    maximum = world.dynamics.maximum
    flappingNanoseconds = world.flappingWindow.nanoseconds
    actionLimit = world.actionLimit
    mayStandStill =
      (reads == .requestRate || reads == .utilization) && incidents.isIdle && !feed.hasSilences && batch == nil
      && replicaCapacity > 0
    boundCount = world.objective.latency.count
    tally.within = Array(repeating: 0, count: boundCount)
  }

  /// Runs on until a tick.
  mutating func advance<Recorder: TickRecorder>(
    through end: Int, _ rates: UnsafeBufferPointer<Double>, _ sums: UnsafeBufferPointer<Double>,
    _ tables: inout ServiceTables, _ recorder: inout Recorder
  ) {
    // One observation for the whole run: a new one each look would cost more than the policy.
    var observation = Observation(time: start, replicas: fleet.counts, signals: Signals())
    var now = Int64(nextTick) &* tickNanoseconds
    var i = nextTick
    while i < end {
      if !Recorder.recordsTicks, mayStandStill, hasHeld {
        let passed = standStill(from: i, to: end, now, &observation, rates, &tables)
        i &+= passed
        now &+= Int64(passed) &* tickNanoseconds
        if i >= end { break }
      }
      let demand = rates[i]
      let time = Double(i) * dt
      if fleet.nextEvent <= time {
        fleet.advance(to: time)
        isStale = true
      }
      if hasIncidents { strike(i, time) }
      if isStale { refresh() }
      var busy = readyCapacity > 0 ? demand / readyCapacity : (demand > 0 ? .infinity : 0)

      // What meters read at this moment, before the policy acts.
      let looks = now >= nextLook
      if isInstant {
        if looks, !hasDecided { observation.signals = measure(demand, busy, &tables) }
      } else if keepsMeasurements {
        feed.add(measure(demand, busy, &tables), tick: i)
      }
      if looks {
        // The next look is a whole number of periods from the start, so that a period that is no whole number of
        // ticks keeps its mean.
        nextLook += periodNanoseconds
        if nextLook <= now { nextLook = (now / periodNanoseconds + 1) * periodNanoseconds }
        let desired = desired
        if !hasDecided {
          if !isInstant { observation.signals = feed.read(at: i, rates) }
          observation.time = Timestamp(nanosecondsSinceEpoch: start.nanosecondsSinceEpoch &+ now)
          observation.replicas = ReplicaCount(
            desired: desired, ready: ready, starting: starting, draining: total &- ready &- starting)
          decision = policy.step(observation)
        }
        hasDecided = false
        lastLook = i
        if Recorder.recordsDecisions { recorder.decided(decision, tick: i) }
        let wanted = min(max(decision.desired, minimum), maximum)
        hasHeld = wanted == desired
        if !hasHeld {
          note(from: desired, to: wanted, now)
          fleet.scale(to: wanted, at: time)
          refresh()
          busy = readyCapacity > 0 ? demand / readyCapacity : (demand > 0 ? .infinity : 0)
        }
      }

      // Replicas that become ready within the tick serve for the rest of it.
      var capacity = readyCapacity
      var startingSeconds = Double(starting) * dt
      if nextReady < time + dt {
        let readySeconds = fleet.starting.readySeconds(before: time + dt)
        startingSeconds -= readySeconds
        capacity = (Double(ready) + readySeconds / dt) * replicaCapacity
        busy = capacity > 0 ? demand / capacity : (demand > 0 ? .infinity : 0)
      }
      if hasBatch, let left = batch?.take(demand: demand, capacity: capacity, isQueueing: queue.waiting > 0),
        left != capacity
      {
        capacity = left
        busy = capacity > 0 ? demand / capacity : (demand > 0 ? .infinity : 0)
      }

      let result = queue.advance(demand: demand, capacity: capacity, seconds: dt, tick: i, arrived: sums)
      tally.served += result.served
      tally.replicaTicks &+= total
      tally.paidTicks &+= paid
      tally.paidNowTicks &+= 1
      if starting > 0 { tally.startingSeconds += startingSeconds }
      if busy > tally.peakUtilization { tally.peakUtilization = busy }
      let waits = result.before > 0 || result.after > 0
      if waits || result.dropped > 0 {
        tally.dropped += result.dropped
        tally.waited += result.waited
      }
      var score = busy
      if demand > capacity {
        tally.overloadTicks &+= 1
        if busy > 1 { score = 1 + (demand - capacity) }
      }
      if boundCount > 0 { judge(demand, capacity, busy, result, waits: waits, &tables) }
      // Totals alone do not say what was worst.
      if Recorder.recordsTicks, score > worst.score { noteWorst(score, i, time, demand, capacity) }
      if Recorder.recordsTicks {
        let p99 = knowsLatency ? p99(demand, capacity, busy, result, &tables) : .nan
        recorder.add(
          TickRow(
            demand: demand, capacity: capacity, ready: ready, starting: starting, paid: paid,
            queue: result.before > result.after ? result.before : result.after, unserved: result.dropped,
            utilization: waits || busy > 1 ? 1 : busy, p99: p99))
      }
      now &+= tickNanoseconds
      i &+= 1
    }
    nextTick = max(nextTick, end)
  }

  /// Brings what the loop knows of the fleet up to date.
  private mutating func refresh() {
    isStale = false
    ready = fleet.ready
    starting = fleet.startingCount
    desired = fleet.desired
    total = ready + starting + fleet.draining
    paid = fleet.paid
    tally.notePaid(paid)
    readyCapacity = Double(ready) * replicaCapacity
    nextReady = fleet.starting.nextReady
    tally.peakReplicas = max(tally.peakReplicas, total)
    tally.leastReplicas = min(tally.leastReplicas, total)
  }

  private mutating func strike(_ i: Int, _ time: Double) {
    let before = fleet.ready
    if before != spot.of { spot = (before, world.fleet.hasSpot ? world.fleet.spotReplicas(of: before) : before) }
    let (known, supply) = (spot, world.fleet)
    let onSpot = { (ready: Int) in
      ready == known.of ? known.count : supply.hasSpot ? supply.spotReplicas(of: ready) : ready
    }
    if incidents.strike(&fleet, at: time, tick: dt, onSpot: onSpot) {
      isStale = true
      // Where a version rolls out, that is the reason.
      let lost = before - fleet.ready
      if lost > 0, fleet.rollout == nil { lastLoss = (i, lost) }
    }
    hasIncidents = !incidents.isIdle
  }

  @inline(__always)
  private mutating func measure(_ demand: Double, _ busy: Double, _ tables: inout ServiceTables) -> Signals {
    var signals = Signals()
    signals.demand = demand
    signals.queueDepth = queue.waiting
    if needsUtilization, readyCapacity > 0 { signals.utilization = queue.waiting > 0 || busy >= 1 ? 1 : busy }
    if measuresLatency { measureLatency(&signals, demand, busy, &tables) }
    return signals
  }

  // Mutating, though it changes nothing: the compiler would otherwise copy the whole run for the call.
  private mutating func measureLatency(
    _ signals: inout Signals, _ demand: Double, _ busy: Double, _ tables: inout ServiceTables
  ) {
    guard readyCapacity > 0 else {
      // Meters have an end: a day stands for "no answer", so that a mean over time stays a number.
      signals.p99Latency = demand > 0 || queue.waiting > 0 ? 86400 : 0
      signals.concurrency = queue.waiting
      return
    }
    tables.levels.select(replicas: ready, utilization: queue.waiting > 0 ? 1 : busy)
    let wait = queue.waiting / readyCapacity
    let p99 = tables.levels.value(LevelTable.p99)
    signals.p99Latency = min(wait > 0 ? max(p99, wait + tables.idleP99) : p99, 86400)
    signals.concurrency = min(demand, readyCapacity) * tables.levels.value(LevelTable.mean) + queue.waiting
  }

  private mutating func note(from: Int, to: Int, _ now: Int64) {
    let up = to > from
    if up { tally.ups += 1 } else { tally.downs += 1 }
    if let last = lastAction, last.up != up, now - last.time <= flappingNanoseconds { tally.flaps += 1 }
    lastAction = (now, up)
    if actions.count < actionLimit { actions.append((now, from, to, decision.because)) }
  }

  @inline(never)
  private mutating func noteWorst(_ score: Double, _ i: Int, _ time: Double, _ demand: Double, _ capacity: Double) {
    worst = WorstTick(
      score: score, tick: i, demand: demand, capacity: capacity, counts: fleet.counts,
      isRolling: fleet.rollout != nil, stage: score > 1 ? fleet.largestStage(at: time) : nil,
      quota: fleet.pool.flatMap { $0.isAtQuota && $0.pending > 0 ? ($0.maximum, $0.pending) : nil }, loss: lastLoss,
      look: lastLook, because: decision.because)
  }

  /// Counts the requests within the bounds.
  @inline(__always)
  private mutating func judge(
    _ demand: Double, _ capacity: Double, _ busy: Double, _ result: FluidQueue.Tick, waits: Bool,
    _ tables: inout ServiceTables
  ) {
    guard demand > 0, capacity > 0 else { return }
    let accepted = max(0, demand * dt - result.dropped)
    // In the tick in which the first replicas become ready there may be capacity without a ready replica.
    if knowsLatency { tables.levels.select(replicas: max(1, ready), utilization: queue.waiting > 0 ? 1 : busy) }
    if waits {
      judgeWaiting(accepted, capacity, result, tables)
    } else {
      for bound in 0..<boundCount {
        let share = knowsLatency ? tables.levels.value(LevelTable.firstShare &+ bound) : 1
        tally.within[bound] += accepted * share
      }
    }
  }

  private mutating func judgeWaiting(
    _ accepted: Double, _ capacity: Double, _ result: FluidQueue.Tick, _ tables: ServiceTables
  ) {
    // Who would wait beyond the deadline gives up: those that are served wait no longer.
    let before = min(result.before / capacity, deadline)
    let after = min(result.after / capacity, deadline)
    for i in 0..<boundCount {
      let bound = tables.bounds[i]
      let share = knowsLatency ? tables.levels.value(LevelTable.firstShare + i) : 1
      // A wait makes no token slower.
      let inTime =
        tables.areDelayed[i] ? tables.serviceTimes[i].meanShare(knowsLatency, bound - before, bound - after) : 1
      tally.within[i] += accepted * min(share, inTime)
    }
  }

  /// Seconds, the wait in the queue included.
  @inline(__always)
  private mutating func p99(
    _ demand: Double, _ capacity: Double, _ busy: Double, _ result: FluidQueue.Tick, _ tables: inout ServiceTables
  ) -> Double {
    guard capacity > 0 else { return demand > 0 || queue.waiting > 0 ? .infinity : 0 }
    tables.levels.select(replicas: max(1, ready), utilization: queue.waiting > 0 ? 1 : busy)
    let p99 = tables.levels.value(LevelTable.p99)
    let wait = min((result.before > result.after ? result.before : result.after) / capacity, deadline)
    return wait > 0 ? max(p99, wait + tables.idleP99) : p99
  }
}
