import Quantities
import Scaling
import Serving

/// The replicas of a run by stage, and the nodes they need. Times are seconds since the start of the run.
struct ReplicaFleet {
  private(set) var ready: Int
  private(set) var starting = StartingReplicas()
  private(set) var draining = 0
  /// What was last asked for: ready and starting together.
  var desired: Int { ready + starting.count }
  var total: Int { ready + starting.count + draining }

  private let stages: (node: StartupDraw, image: StartupDraw, modelLoad: StartupDraw, warm: StartupDraw)
  private let isFixed: Bool
  private let drainTime: Double
  private var random: RandomStream
  private var drains: [(count: Int, end: Double)] = []
  private var nextDrained = Double.infinity
  private var spareNodes: Int
  private let warmNodes: Int
  private var refills: [(count: Int, end: Double)] = []
  private var nextRefill = Double.infinity
  /// When anything next happens by itself.
  private(set) var nextEvent = Double.infinity

  init(_ spec: FleetSpec, seed: UInt64) {
    ready = spec.initial
    isFixed = spec.startup.isFixed
    stages = (
      StartupDraw(spec.startup.node), StartupDraw(spec.startup.image), StartupDraw(spec.startup.modelLoad),
      StartupDraw(spec.startup.warm)
    )
    drainTime = spec.drainTime.seconds
    warmNodes = spec.warmNodes
    spareNodes = spec.warmNodes
    random = RandomStream(seed: seed, item: 0x57A7)
  }

  var counts: ReplicaCount {
    ReplicaCount(desired: desired, ready: ready, starting: starting.count, draining: draining)
  }

  /// Lets happen what is due by a time.
  mutating func advance(to time: Double) {
    guard nextEvent <= time else { return }
    ready += starting.takeReady(by: time)
    if nextDrained <= time {
      draining -= Self.take(&drains, by: time)
      nextDrained = drains.first?.end ?? .infinity
    }
    if nextRefill <= time {
      spareNodes = min(warmNodes, spareNodes + Self.take(&refills, by: time))
      nextRefill = refills.reduce(.infinity) { min($0, $1.end) }
    }
    updateNextEvent()
  }

  private mutating func updateNextEvent() { nextEvent = min(starting.nextReady, nextDrained, nextRefill) }

  private static func take(_ queue: inout [(count: Int, end: Double)], by time: Double) -> Int {
    var taken = 0
    queue.removeAll {
      guard $0.end <= time else { return false }
      taken += $0.count
      return true
    }
    return taken
  }

  /// Starts or stops replicas so that `desired` is what was asked for. Stopping gives up those that started last
  /// first, as Kubernetes prefers pods that are not ready, and then drains ready ones.
  mutating func scale(to wanted: Int, at time: Double) {
    if wanted > desired { start(wanted - desired, at: time) } else { stop(desired - wanted, at: time) }
    updateNextEvent()
  }

  private mutating func start(_ count: Int, at time: Double) {
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

  private mutating func startCohorts(_ count: Int, at time: Double, needsNode: Bool) {
    // Drawn times differ by replica; from 64 replicas on, groups of them share a draw.
    let groups = isFixed ? min(1, count) : min(64, count)
    for group in 0..<groups {
      let size = count / groups + (group < count % groups ? 1 : 0)
      let nodeEnd = time + (needsNode ? stages.node.sample(&random) : 0)
      let imageEnd = nodeEnd + stages.image.sample(&random)
      let loadEnd = imageEnd + stages.modelLoad.sample(&random)
      let readyAt = loadEnd + stages.warm.sample(&random)
      if readyAt <= time {
        ready += size
      } else {
        starting.add(
          .init(count: size, nodeEnd: nodeEnd, imageEnd: imageEnd, loadEnd: loadEnd, readyAt: readyAt))
      }
    }
  }

  private mutating func stop(_ count: Int, at time: Double) {
    let cancelled = starting.cancel(count)
    let drained = min(count - cancelled, ready)
    ready -= drained
    if drained > 0, drainTime > 0 {
      draining += drained
      drains.append((drained, time + drainTime))
      nextDrained = min(nextDrained, time + drainTime)
    }
    if warmNodes > 0 { spareNodes = min(warmNodes, spareNodes + count) }
  }
}
