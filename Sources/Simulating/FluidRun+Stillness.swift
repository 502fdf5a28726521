import Quantities
import Scaling

/// Times in which nothing happens but requests: no queue, no replica on the move, and readings at which the policy
/// keeps what there is. A tick then costs a division, a few sums and a comparison. The same arithmetic in the same
/// order as tick by tick, so that totals are equal to the last bit.
extension FluidRun {
  /// Passes the ticks from one on as long as nothing happens; gives how many it passed.
  ///
  /// - Parameter began: nanoseconds from the start of the run to the first of the ticks.
  @inline(never)
  mutating func standStill(
    from first: Int, to end: Int, _ began: Int64, _ observation: inout Observation,
    _ rates: UnsafeBufferPointer<Double>, _ tables: inout ServiceTables
  ) -> Int {
    guard !isStale, queue.waiting == 0, readyCapacity > 0 else { return 0 }
    let desired = desired
    guard desired >= minimum, desired <= maximum else { return 0 }
    // Two ticks before the fleet's next event the common path takes over.
    let eventTick = fleet.nextEvent / dt - 2
    let last = eventTick < Double(end) ? Int(max(0, eventTick)) : end
    guard last > first else { return 0 }
    let counts = ReplicaCount(desired: desired, ready: ready, starting: starting, draining: total &- ready &- starting)
    let origin = start.nanosecondsSinceEpoch
    let band =
      policy.stillness(at: Timestamp(nanosecondsSinceEpoch: origin &+ began), counts)
      ?? Stillness(.infinity, -.infinity)
    var still = Still(self, began: began)
    var ring: [Double] = []
    swap(&ring, &feed.ring)
    let passed = ring.withUnsafeMutableBufferPointer { ring in
      var band = band
      var i = first
      while true {
        i = still.pass(i, last, band, until: band.until &- origin, rates, ring, &tables)
        if still.lastLook > still.toldLook {
          still.toldLook = still.lastLook
          policy.stoodStill(until: timestamp(still.lastLook), counts)
        }
        guard still.isLookDue, i < last else { break }
        // A look at which the policy has to be asked. Where it moves, the common path goes on with its decision.
        let time = timestamp(i)
        if !policy.keeps(at: time, counts, reading: still.reading) {
          observation.time = time
          observation.replicas = counts
          if needsUtilization {
            observation.signals.utilization = still.reading
          } else {
            observation.signals.demand = still.reading
          }
          decision = policy.step(observation)
          guard decision.desired == desired else {
            hasDecided = true
            break
          }
        }
        still.isLookDone = true
        still.lastLook = i
        still.toldLook = i
        if !band.isLasting || time.nanosecondsSinceEpoch >= band.until {
          band = policy.stillness(at: time, counts) ?? Stillness(.infinity, -.infinity)
        }
      }
      return i &- first
    }
    swap(&ring, &feed.ring)
    guard passed > 0 else { return 0 }
    tally.served = still.served
    tally.startingSeconds = still.startingSeconds
    tally.peakUtilization = still.peakUtilization
    if boundCount > 1 { tally.within = still.within }
    if boundCount > 0 { tally.within[0] = still.firstWithin }
    tally.replicaTicks &+= total &* passed
    tally.paidTicks &+= paid &* passed
    tally.paidNowTicks &+= passed
    nextLook = still.nextLook
    if still.lastLook >= 0 { lastLook = still.lastLook }
    return passed
  }

  private func timestamp(_ tick: Int) -> Timestamp {
    Timestamp(nanosecondsSinceEpoch: start.nanosecondsSinceEpoch &+ Int64(tick) &* tickNanoseconds)
  }
}

/// What changes while a run stands still, apart from the run: a loop over few variables.
private struct Still {
  var served: Double
  var startingSeconds: Double
  var peakUtilization: Double
  /// Of the first bound, which most objectives have alone; the others' are in ``within``.
  var firstWithin: Double
  var within: [Double]
  var nextLook: Int64
  /// The last look that was left out or answered, and the last of which the policy knows.
  var lastLook = -1
  var toldLook = -1
  /// Whether the loop ended at a look outside the band, what is read there, and whether the policy has answered it.
  var isLookDue = false
  var isLookDone = false
  var reading = 0.0
  private var now: Int64
  private let dt: Double
  private let tickNanoseconds: Int64
  private let periodNanoseconds: Int64
  private let capacity: Double
  private let ready: Int
  private let startingEachTick: Double
  private let readsUtilization: Bool
  private let isInstant: Bool
  private let scrape: Int
  private let delay: Int
  private let window: Int
  private let mask: Int
  private let knowsLatency: Bool
  private let boundCount: Int
  private let oldest: Int

  init<Policy>(_ run: borrowing FluidRun<Policy>, began: Int64) {
    served = run.tally.served
    startingSeconds = run.tally.startingSeconds
    peakUtilization = run.tally.peakUtilization
    within = run.boundCount > 1 ? run.tally.within : []
    firstWithin = run.boundCount > 0 ? run.tally.within[0] : 0
    nextLook = run.nextLook
    now = began
    dt = run.dt
    tickNanoseconds = run.tickNanoseconds
    periodNanoseconds = run.periodNanoseconds
    capacity = run.readyCapacity
    ready = run.ready
    startingEachTick = Double(run.starting) * run.dt
    readsUtilization = run.needsUtilization
    isInstant = run.isInstant
    scrape = run.feed.scrape
    delay = run.feed.delay
    window = run.feed.window
    mask = run.feed.mask
    knowsLatency = run.knowsLatency
    boundCount = run.boundCount
    oldest = scrape + delay + window
  }

  mutating func pass(
    _ first: Int, _ last: Int, _ band: Stillness, until: Int64, _ rates: UnsafeBufferPointer<Double>,
    _ ring: UnsafeMutableBufferPointer<Double>, _ tables: inout ServiceTables
  ) -> Int {
    // Locals, which stay in registers.
    var i = first
    var now = now
    var nextLook = nextLook
    var served = served
    var startingSeconds = startingSeconds
    var peak = peakUtilization
    var lastLook = lastLook
    var isLookDone = isLookDone
    let (dt, capacity, startingEachTick, mask) = (dt, capacity, startingEachTick, mask)
    let (tickNanoseconds, readsUtilization, isInstant) = (tickNanoseconds, readsUtilization, isInstant)
    let judges = boundCount > 0
    isLookDue = false
    while i < last {
      let demand = rates[i]
      guard demand <= capacity else { break }
      let busy = demand / capacity
      let measured = busy >= 1 ? 1 : busy
      if readsUtilization, !isInstant { ring[i & mask] = measured }
      if now >= nextLook {
        if !isLookDone {
          // The run's first ticks see before its start.
          guard i >= oldest else { break }
          reading =
            isInstant ? (readsUtilization ? measured : demand) : (readsUtilization ? mean(i, ring) : mean(i, rates))
          guard reading >= band.lowest, reading <= band.highest, now < until else {
            // What was not measured is the common path's.
            isLookDue = reading == reading
            break
          }
          lastLook = i
        }
        isLookDone = false
        nextLook &+= periodNanoseconds
        if nextLook <= now { nextLook = (now / periodNanoseconds &+ 1) &* periodNanoseconds }
      }
      let arrived = demand * dt
      served += arrived
      startingSeconds += startingEachTick
      if busy > peak { peak = busy }
      if judges, demand > 0 { judge(arrived, busy, &tables) }
      now &+= tickNanoseconds
      i &+= 1
    }
    self.now = now
    self.nextLook = nextLook
    self.served = served
    self.startingSeconds = startingSeconds
    peakUtilization = peak
    self.lastLook = lastLook
    self.isLookDone = isLookDone
    return i
  }

  @inline(__always)
  private mutating func judge(_ accepted: Double, _ busy: Double, _ tables: inout ServiceTables) {
    if knowsLatency {
      tables.levels.select(replicas: max(1, ready), utilization: busy)
      firstWithin += accepted * tables.levels.value(LevelTable.firstShare)
      if boundCount > 1 { judgeOthers(accepted, tables) }
    } else {
      firstWithin += accepted
      if boundCount > 1 { for bound in 1..<boundCount { within[bound] += accepted } }
    }
  }

  private mutating func judgeOthers(_ accepted: Double, _ tables: ServiceTables) {
    for bound in 1..<boundCount {
      within[bound] += accepted * tables.levels.value(LevelTable.firstShare &+ bound)
    }
  }

  @inline(__always)
  private func measuredAt(_ tick: Int) -> Int {
    let latest = tick &- delay
    return scrape == 1 ? latest : latest / scrape &* scrape
  }

  @inline(__always)
  private func mean(_ tick: Int, _ rates: UnsafeBufferPointer<Double>) -> Double {
    let at = measuredAt(tick)
    guard window > 0 else { return rates[at] }
    var sum = 0.0
    for i in (at &- window)..<at { sum += rates[i] }
    return sum / Double(window)
  }

  /// NaN where any tick of the window was not measured: the common path then looks.
  @inline(__always)
  private func mean(_ tick: Int, _ ring: UnsafeMutableBufferPointer<Double>) -> Double {
    let at = measuredAt(tick)
    guard window > 0 else { return ring[at & mask] }
    var sum = 0.0
    for i in (at &- window)..<at { sum += ring[i & mask] }
    return sum / Double(window)
  }
}
