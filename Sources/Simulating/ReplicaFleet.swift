import Quantities
import Scaling
import Serving

/// The replicas of a run by stage, and the nodes they need. Times are seconds since the start of the run.
struct ReplicaFleet {
  private(set) var ready: Int
  private(set) var starting = StartingReplicas()
  private(set) var draining = 0
  /// The nodes, where they have an autoscaler of their own.
  private(set) var pool: NodePool?
  /// The new version that is taking the old one's place.
  private(set) var rollout: RollingUpdate?
  /// Rollouts that ended, and the longest of them in seconds.
  private(set) var rollouts = (finished: 0, longest: 0.0)

  /// Replicas on their way, those that wait for a node included.
  var startingCount: Int { starting.count + (pool?.pending ?? 0) }
  /// What was last asked for: ready and starting together, without the surge of a rollout.
  var desired: Int { rollout?.target ?? ready + startingCount }
  var total: Int { ready + startingCount + draining }
  /// What is paid for, in replicas: those that have a machine, or all that the nodes hold.
  var paid: Int { pool.map { $0.nodes * $0.perNode } ?? total }

  private let stages: (node: StartupDraw, image: StartupDraw, modelLoad: StartupDraw, warm: StartupDraw)
  private let isFixed: Bool
  private let drainTime: Double
  private var random: RandomStream
  /// Replicas that were started in the run.
  private(set) var starts = 0
  private var drains: [(count: Int, nodes: Int, end: Double)] = []
  private var nextDrained = Double.infinity
  private var spareNodes: Int
  private let warmNodes: Int
  private var refills: [(count: Int, end: Double)] = []
  private var nextRefill = Double.infinity
  /// When anything next happens by itself.
  private(set) var nextEvent = Double.infinity

  init(_ spec: FleetDynamics, seed: UInt64) {
    ready = spec.initial
    isFixed = spec.startup.isFixed
    stages = (
      StartupDraw(spec.startup.node), StartupDraw(spec.startup.image), StartupDraw(spec.startup.modelLoad),
      StartupDraw(spec.startup.warm)
    )
    drainTime = spec.drainTime.seconds
    // Nodes of a pool take the place of spare ones.
    warmNodes = spec.nodes == nil ? spec.warmNodes : 0
    spareNodes = warmNodes
    random = RandomStream(seed: seed, item: 0x57A7)
    pool = spec.nodes.map { NodePool($0, replicas: spec.initial) }
    updateNextEvent()
  }

  /// What came of the rollouts so far.
  var rolloutRecord: FleetRecord.Rollouts {
    FleetRecord.Rollouts(
      finished: rollouts.finished, isUnfinished: rollout != nil, longest: .seconds(rollouts.longest))
  }

  var counts: ReplicaCount {
    ReplicaCount(desired: desired, ready: ready, starting: startingCount, draining: draining)
  }

  /// Lets happen what is due by a time.
  mutating func advance(to time: Double) {
    while nextEvent <= time {
      let now = nextEvent
      becameReady(starting.takeReady(by: now), at: now)
      if nextDrained <= now { finishDrains(by: now) }
      if nextRefill <= now {
        refills.removeAll {
          guard $0.end <= now else { return false }
          spareNodes += $0.count
          return true
        }
        spareNodes = min(warmNodes, spareNodes)
        nextRefill = refills.reduce(.infinity) { min($0, $1.end) }
      }
      if let found = pool?.advance(to: now, &random), found > 0 {
        startCohorts(found, at: now, needsNode: false)
      }
      if rollout != nil {
        rollout?.settle(by: now)
        goOnRolling(at: now)
      }
      updateNextEvent()
    }
  }

  private mutating func becameReady(_ count: Int, at time: Double) {
    ready += count
    rollout?.becameReady(count, at: time)
  }

  private mutating func finishDrains(by time: Double) {
    var gone = 0
    var nodes = 0
    drains.removeAll {
      guard $0.end <= time else { return false }
      gone += $0.count
      nodes += $0.nodes
      return true
    }
    draining -= gone
    nextDrained = drains.reduce(.infinity) { min($0, $1.end) }
    release(gone, losing: nodes, at: time)
  }

  /// Places become free, and those that wait take them.
  private mutating func release(_ count: Int, losing nodes: Int, at time: Double) {
    guard pool != nil, count > 0 else { return }
    pool?.release(count, losing: nodes, at: time)
    startCohorts(pool?.takePending() ?? 0, at: time, needsNode: false)
  }

  private mutating func updateNextEvent() {
    nextEvent = min(
      starting.nextReady, nextDrained, nextRefill, pool?.nextEvent ?? .infinity, rollout?.nextEvent ?? .infinity)
  }

  /// Starts or stops replicas so that `desired` is what was asked for. Stopping gives up those that started last
  /// first, as Kubernetes prefers pods that are not ready, and then drains ready ones.
  mutating func scale(to wanted: Int, at time: Double) {
    if rollout != nil {
      rollout?.target = wanted
      goOnRolling(at: time)
      updateNextEvent()
      return
    }
    let desired = desired
    if wanted > desired { start(wanted - desired, at: time) } else { stop(desired - wanted, at: time) }
    updateNextEvent()
  }

  /// Replicas crash and start again where they are, their image already there. Gives how many there were.
  mutating func crash(_ count: Int, at time: Double) -> Int {
    let lost = min(max(0, count), ready)
    rollout?.lose(lost, of: ready)
    ready -= lost
    startCohorts(lost, at: time, needsNode: false, needsImage: false)
    updateNextEvent()
    return lost
  }

  /// Replicas lose their machines after a notice, during which they only finish what they have; others start for
  /// them at once. Gives how many there were.
  mutating func preempt(_ count: Int, at time: Double, notice: Double) -> Int {
    let lost = min(max(0, count), ready)
    guard lost > 0 else { return 0 }
    rollout?.lose(lost, of: ready)
    ready -= lost
    draining += lost
    drains.append((lost, pool.map { (lost + $0.perNode - 1) / $0.perNode } ?? 0, time + notice))
    nextDrained = min(nextDrained, time + notice)
    start(lost, at: time)
    updateNextEvent()
    return lost
  }

  // MARK: Rollouts

  /// A new version begins to take the place of the one that runs, of one that was still coming as well.
  mutating func roll(_ spec: Rollout, at time: Double) {
    rollout = RollingUpdate(spec, target: desired, old: ready, began: time)
    // Old replicas that are not ready go first.
    stop(startingCount, at: time)
    goOnRolling(at: time)
    updateNextEvent()
  }

  /// Starts new replicas and stops old ones as far as the bounds allow now.
  private mutating func goOnRolling(at time: Double) {
    while let update = rollout {
      let target = update.target
      let bounds = update.spec.bounds(of: target)
      let all = ready + startingCount
      // What a smaller target leaves too much; the youngest go first, then the old version.
      let excess = max(all - (target + bounds.surge), all - update.old - target)
      if excess > 0 {
        stop(excess, at: time)
        continue
      }
      let room = min(target + bounds.surge - all, target - (all - update.old))
      if room > 0 { start(room, at: time) }
      let old = rollout?.old ?? 0
      let available = ready - (rollout?.settlingCount ?? 0)
      let removable = min(old, available - (target - bounds.unavailable), ready)
      if removable > 0 { retire(removable, at: time) }
      guard room <= 0, removable <= 0 else { continue }
      if old == 0, startingCount == 0, rollout?.settlingCount == 0 {
        rollouts.finished += 1
        rollouts.longest = max(rollouts.longest, time - update.began)
        rollout = nil
      }
      return
    }
  }

  /// Old replicas finish what they have and go.
  private mutating func retire(_ count: Int, at time: Double) {
    ready -= count
    rollout?.old -= count
    drain(count, at: time)
    release(drainTime > 0 ? 0 : count, losing: 0, at: time)
  }

  private mutating func drain(_ count: Int, at time: Double) {
    guard count > 0, drainTime > 0 else { return }
    draining += count
    drains.append((count, 0, time + drainTime))
    nextDrained = min(nextDrained, time + drainTime)
  }

  private mutating func start(_ count: Int, at time: Double) {
    if let found = pool?.place(count, at: time) {
      startCohorts(found, at: time, needsNode: false)
      return
    }
    var left = count
    if spareNodes > 0 {
      let warm = min(left, spareNodes)
      spareNodes -= warm
      left -= warm
      let refill = time + stages.node.sample(&random)
      refills.append((warm, refill))
      nextRefill = min(nextRefill, refill)
      startCohorts(warm, at: time, needsNode: false)
    }
    startCohorts(left, at: time, needsNode: true)
  }

  private mutating func startCohorts(_ count: Int, at time: Double, needsNode: Bool, needsImage: Bool = true) {
    starts += count
    // Drawn times differ by replica; from 64 replicas on, groups of them share a draw.
    let groups = isFixed ? min(1, count) : min(64, count)
    for group in 0..<groups {
      let size = count / groups + (group < count % groups ? 1 : 0)
      let nodeEnd = time + (needsNode ? stages.node.sample(&random) : 0)
      let imageEnd = nodeEnd + (needsImage ? stages.image.sample(&random) : 0)
      let loadEnd = imageEnd + stages.modelLoad.sample(&random)
      let readyAt = loadEnd + stages.warm.sample(&random)
      if readyAt <= time {
        becameReady(size, at: time)
      } else {
        starting.add(
          .init(count: size, nodeEnd: nodeEnd, imageEnd: imageEnd, loadEnd: loadEnd, readyAt: readyAt))
      }
    }
  }

  private mutating func stop(_ count: Int, at time: Double) {
    let forgotten = pool?.forget(count, at: time) ?? 0
    let cancelled = starting.cancel(count - forgotten)
    let drained = min(count - forgotten - cancelled, ready)
    ready -= drained
    if let old = rollout?.old { rollout?.old = max(0, old - drained) }
    drain(drained, at: time)
    if warmNodes > 0 { spareNodes = min(warmNodes, spareNodes + count) }
    release(cancelled + (drainTime > 0 ? 0 : drained), losing: 0, at: time)
  }

  /// The stage that holds most of the starting replicas at a time, and how many it holds.
  func largestStage(at time: Double) -> (stage: StartupStage, count: Int)? {
    starting.largestStage(at: time, waitingForNode: pool?.pending ?? 0)
  }
}
