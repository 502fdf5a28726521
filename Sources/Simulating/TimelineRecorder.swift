import Quantities
import Serving

/// Gathers ticks into the buckets of a timeline.
struct TimelineRecorder {
  private(set) var timeline: Timeline
  private let ticksPerBucket: Int
  private let price: Double?
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

  init(start: Timestamp, tick: Duration, ticks: Int, points: Int, price: HourlyPrice?) {
    isOn = points > 0
    ticksPerBucket = points > 0 ? max(1, (ticks + points - 1) / points) : .max
    timeline = Timeline(
      start: start, step: tick * (points > 0 ? ticksPerBucket : max(1, ticks)))
    self.price = price?.rawValue
  }

  /// - Parameter p99: seconds; NaN where it is not known.
  @inline(__always)
  mutating func add(
    demand: Double, capacity: Double, ready: Int, starting: Int, desired: Int, paid: Int, queue: Double,
    unserved: Double, utilization: Double, p99: Double
  ) {
    guard isOn else { return }
    demandSum += demand
    demandMax = demand > demandMax ? demand : demandMax
    capacityMin = capacity < capacityMin ? capacity : capacityMin
    readyMin = min(readyMin, ready)
    startingMax = max(startingMax, starting)
    desiredMax = max(desiredMax, desired)
    queueMax = queue > queueMax ? queue : queueMax
    self.unserved += unserved
    utilizationMax = utilization > utilizationMax ? utilization : utilizationMax
    p99Max = p99 > p99Max ? p99 : p99Max
    paidSum += paid
    ticks += 1
    if ticks == ticksPerBucket { flush() }
  }

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
    if let price { timeline.costRate.append(Double(paidSum) / Double(ticks) * price) }
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
