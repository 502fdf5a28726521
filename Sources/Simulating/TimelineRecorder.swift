import Quantities
import Scaling
import Serving

/// Gathers ticks into the buckets of a timeline.
struct TimelineRecorder: TickRecorder {
  static var recordsTicks: Bool { true }
  static var recordsDecisions: Bool { false }
  private(set) var timeline: Timeline
  let ticksPerBucket: Int
  private let isOn: Bool
  private var ticks = 0
  private var demandSum = 0.0
  private var demandMax = 0.0
  private var capacityMin = Double.infinity
  private var readyMin = Int.max
  private var startingMax = 0
  private var desiredMax = 0
  private var queueMax = 0.0
  private var unserved = 0.0
  private var utilizationMax = 0.0
  private var p99Max = -Double.infinity
  private var paidSum = 0

  init(start: Timestamp, tick: Duration, ticks: Int, points: Int) {
    isOn = points > 0
    ticksPerBucket = points > 0 ? max(1, (ticks + points - 1) / points) : .max
    timeline = Timeline(
      start: start, step: tick * (points > 0 ? ticksPerBucket : max(1, ticks)))
  }

  @inline(__always)
  mutating func add(_ row: TickRow) {
    guard isOn else { return }
    demandSum += row.demand
    demandMax = row.demand > demandMax ? row.demand : demandMax
    capacityMin = row.capacity < capacityMin ? row.capacity : capacityMin
    readyMin = min(readyMin, row.ready)
    startingMax = max(startingMax, row.starting)
    desiredMax = max(desiredMax, row.ready + row.starting)
    queueMax = row.queue > queueMax ? row.queue : queueMax
    unserved += row.unserved
    utilizationMax = row.utilization > utilizationMax ? row.utilization : utilizationMax
    p99Max = row.p99 > p99Max ? row.p99 : p99Max
    paidSum += row.paid
    ticks += 1
    if ticks == ticksPerBucket { flush() }
  }

  @inline(__always) mutating func decided(_ decision: Decision, tick: Int) {}

  mutating func flush() {
    guard ticks > 0 else { return }
    timeline.demandMean.append(demandSum / Double(ticks))
    timeline.demandMax.append(demandMax)
    timeline.capacityMin.append(capacityMin)
    timeline.ready.append(Double(readyMin))
    timeline.starting.append(Double(startingMax))
    timeline.desired.append(Double(desiredMax))
    timeline.queue.append(queueMax)
    timeline.unserved.append(unserved)
    timeline.utilizationMax.append(utilizationMax)
    timeline.p99Max.append(p99Max == -.infinity ? .nan : p99Max)
    timeline.paid.append(Double(paidSum) / Double(ticks))
    ticks = 0
    demandSum = 0
    demandMax = 0
    capacityMin = .infinity
    readyMin = .max
    startingMax = 0
    desiredMax = 0
    queueMax = 0
    unserved = 0
    utilizationMax = 0
    p99Max = -.infinity
    paidSum = 0
  }
}
