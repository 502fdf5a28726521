import Glibc

/// Plays a failover second by second, in the fluid picture: rates, not single requests.
struct FailoverRun {
  let setting: FailoverSetting
  let incident: RegionIncident
  /// Seconds of the whole, from the demand's beginning.
  let end: Double
  let from: Double

  private let attempts: Int
  private var queues: [RegionQueue]
  private var timeline: FailoverTimeline
  /// What each region's autoscaler sees: attempts a second as its metric smooths them, the most of them so far, and since
  /// when they are more than what stands.
  private var seen: [Double]
  private var mostSeen: [Double]
  private var overloaded: [Double?]
  /// Seconds over which a metric smooths: a scrape and an autoscaler's period.
  private static let metricSeconds = 30.0

  init(_ setting: FailoverSetting, _ incident: RegionIncident, from: Double, to end: Double) {
    self.setting = setting
    self.incident = incident
    self.from = from
    self.end = end
    attempts = setting.retries.attempts
    queues = setting.regions.map { _ in RegionQueue(attempts: setting.retries.attempts) }
    timeline = FailoverTimeline(
      from: from, seconds: Int(max(0, end - from).rounded(.up)), regions: setting.regions.count,
      origins: setting.origins.count)
    seen = setting.regions.map { _ in 0 }
    mostSeen = seen
    overloaded = setting.regions.map { _ in nil }
  }

  /// An autoscaler counts what arrives, and retries arrive like everything else.
  private mutating func observe(_ time: Double) {
    for r in seen.indices {
      let attempts = timeline.attempts(r)
      seen[r] = time <= from ? attempts : seen[r] + (attempts - seen[r]) / Self.metricSeconds
      guard time >= incident.start else { continue }
      mostSeen[r] = max(mostSeen[r], seen[r])
      if overloaded[r] == nil, seen[r] > setting.regions[r].capacity { overloaded[r] = time }
    }
  }

  /// Where an origin's traffic goes while regions are led around; zeros where none is left.
  static func fallback(_ origin: FailoverSetting.Origin, _ gone: [Bool], _ regions: [FailoverSetting.Region])
    -> [Double]
  {
    func normalized(_ weights: [Double]) -> [Double]? {
      var left = weights
      for r in left.indices where gone[r] { left[r] = 0 }
      let sum = left.reduce(0, +)
      return sum > 0 ? left.map { $0 / sum } : nil
    }
    if !origin.fallback.isEmpty { return normalized(origin.fallback) ?? origin.fallback.map { _ in 0 } }
    // Its own regions first; where none of them stands, all by their capacity.
    return normalized(origin.shares) ?? normalized(regions.map(\.capacity)) ?? origin.shares.map { _ in 0 }
  }

  private func demand(_ origin: FailoverSetting.Origin, at time: Double) -> Double {
    Self.demand(origin.demand, at: time / setting.demandStep)
  }

  /// Demand after so many steps.
  private static func demand(_ values: [Double], at place: Double) -> Double {
    guard values.count > 1 else { return values.first ?? 0 }
    // The last value holds to the end of its step; days repeat.
    let whole = place.rounded(.down)
    let i = Int(whole) % values.count
    return values[i] + (values[(i + 1) % values.count] - values[i]) * (place - whole)
  }

  mutating func play() -> FailoverTimeline {
    let regions = setting.regions.count
    let origins = setting.origins.count
    let mechanism = setting.mechanism
    let retries = setting.retries
    // What is seen, when it is acted on, and when it is undone.
    let starts = (0..<regions).map { incident.start(in: $0, of: regions) }
    let over = incident.start + incident.duration
    let detection = incident.isSeen ? mechanism.detectionSeconds : max(mechanism.detectionSeconds, 300)
    let gone = (0..<regions).map { starts[$0] != nil }
    // A release that reaches everything leaves nowhere to go; a brown-out keeps what it can.
    let keeps = mechanism.overprovisioning.map { min(1, $0 * incident.left) } ?? 0
    let isEverywhere = !gone.contains(false)
    let target = isEverywhere ? 0 : 1 - keeps
    let switched = incident.start + detection + mechanism.decision
    let isActedOn = switched < over
    let returned = over + mechanism.returnSeconds
    let fallbacks = setting.origins.map { Self.fallback($0, gone, setting.regions) }
    var needs = [Double](repeating: 0, count: regions)
    for (o, origin) in setting.origins.enumerated() {
      let d = demand(origin, at: min(end, max(from, switched)))
      for r in 0..<regions where !gone[r] {
        let away = zip(origin.shares, gone).reduce(0) { $0 + ($1.1 ? $1.0 : 0) }
        needs[r] += d * (origin.shares[r] + away * target * fallbacks[o][r])
      }
    }
    timeline.detected = incident.start + detection
    timeline.switched = switched

    let width = attempts
    let arcs = routes(gone, fallbacks)
    var arrivals = [Double](repeating: 0, count: regions * width)
    var failed = arrivals
    var mix = [Double](repeating: 0, count: regions * origins)
    // Retries due, by origin and attempt, in a ring of steps as fine as the finest step: those that are routed as all are,
    // and those of clients that have just left a dead region.
    let fine = min(1, retries.timeout / 8)
    let longest = retries.backoff > 0 ? retries.backoff * exp2(Double(max(0, width - 2))) : 0
    let slots = Int(longest / fine) + 12
    let lane = origins * width
    var due = [Double](repeating: 0, count: slots * lane * 2)
    var dueNow = [Double](repeating: 0, count: lane * 2)
    var slot = 0
    var hasDue = false
    var pending = 0.0
    var rates = [Double](repeating: 0, count: origins)
    var tokens = 0.0
    var time = from
    // Read in every second: out of the structs that hold them.
    let demands = setting.origins.map(\.demand)
    let standing = setting.regions.map(\.capacity)
    let begin = incident.start
    let perSecond = 1 / setting.demandStep
    var quiet = [Double](repeating: 0, count: regions)
    var has = quiet
    let coarse = max(1, Int((1 / fine).rounded()))

    while time < end - 1e-9 {
      // A second where nothing waits; finer steps while something does.
      let isBusy = timeline.isTroubled || queues.contains { !$0.isEmpty }
      if !isBusy, !hasDue, pending <= 1e-9 {
        // Nobody waits and nobody tries again: where all regions serve what comes, there is nothing else to follow.
        let middle = time + 0.5
        let moved = isActedOn ? self.moved(time, time + 1, switched, returned, target) : 0
        let place = middle * perSecond
        for o in 0..<origins { rates[o] = Self.demand(demands[o], at: place) }
        for r in 0..<regions { quiet[r] = 0 }
        for arc in arcs {
          quiet[arc.region] += rates[arc.origin] * (arc.own * (arc.isGone ? 1 - moved : 1) + arc.led * moved)
        }
        var isQuiet = true
        for r in 0..<regions where isQuiet {
          has[r] =
            middle < begin ? standing[r] : self.capacity(r, middle, starts[r], over, needs[r], switched, moved > 0)
          let isDead = incident.kind == .lost && (starts[r].map { middle >= $0 && middle < over } ?? false)
          isQuiet = !isDead && quiet[r] <= has[r]
        }
        if isQuiet {
          let fresh = timeline.quietSecond(offered: rates, moved: moved, arrivals: quiet, capacity: has)
          if let budget = retries.budget { tokens = min(tokens + budget * fresh, 10 * budget * max(1, fresh)) }
          slot = (slot + coarse) % slots
          if setting.scaleUp.rate > 0 { observe(time) }
          time += 1
          continue
        }
      }
      let steps = isBusy ? Int((1 / fine).rounded(.up)) : 1
      let step = 1.0 / Double(steps)
      timeline.beginSecond()
      for sub in 0..<steps {
        let now = time + Double(sub) * step
        let middle = now + step / 2
        let moved = isActedOn ? self.moved(now, now + step, switched, returned, target) : 0
        timeline.moved(moved * step)
        for i in arrivals.indices { arrivals[i] = 0 }
        for i in mix.indices { mix[i] = 0 }
        var fresh = 0.0
        for o in 0..<origins {
          rates[o] = Self.demand(demands[o], at: middle * perSecond)
          fresh += rates[o] * step
          timeline.offered(o, rates[o] * step)
        }
        for arc in arcs {
          let part = arc.own * (arc.isGone ? 1 - moved : 1) + arc.led * moved
          let n = rates[arc.origin] * step * part
          arrivals[arc.region * width] += n
          mix[arc.region * origins + arc.origin] += n
          guard hasDue else { continue }
          for k in 1..<max(2, width) where k < width {
            let i = arc.origin * width + k
            let again = dueNow[i] * part + dueNow[lane + i] * (arc.isGone ? 0 : arc.fallback)
            arrivals[arc.region * width + k] += again
            mix[arc.region * origins + arc.origin] += again
          }
        }
        if hasDue {
          for i in dueNow.indices {
            pending -= dueNow[i]
            dueNow[i] = 0
          }
          hasDue = false
        }
        if let budget = retries.budget { tokens = min(tokens + budget * fresh, 10 * budget * max(1, fresh / step)) }
        for r in 0..<regions {
          let capacity =
            middle < begin ? standing[r] : self.capacity(r, middle, starts[r], over, needs[r], switched, moved > 0)
          var total = 0.0
          for k in 0..<width { total += arrivals[r * width + k] }
          timeline.region(r, arrivals: total, capacity: capacity * step)
          let isDown = starts[r].map { middle >= $0 && middle < over } ?? false
          let isDead = isDown && incident.kind == .lost
          if !isDead, total <= capacity * step, queues[r].isEmpty {
            timeline.served(total)
            continue
          }
          for k in 0..<width { failed[r * width + k] = isDead ? arrivals[r * width + k] : 0 }
          if !isDead {
            let good = arrivals.withUnsafeBufferPointer { from in
              failed.withUnsafeMutableBufferPointer { to in
                queues[r].step(
                  from: now, lasting: step,
                  arrivals: UnsafeBufferPointer(rebasing: from[(r * width)..<((r + 1) * width)]),
                  serving: capacity * step, limit: setting.queue.seconds * max(capacity, setting.regions[r].capacity),
                  timeout: retries.timeout, servesAbandoned: setting.queue.servesAbandoned,
                  failed: UnsafeMutableBufferPointer(rebasing: to[(r * width)..<((r + 1) * width)]))
              }
            }
            timeline.served(good)
          }
          // Those that failed try again, or are lost.
          var mixed = 0.0
          for o in 0..<origins { mixed += mix[r * origins + o] }
          for k in 0..<width {
            let n = failed[r * width + k]
            guard n > 0 else { continue }
            let wait = retries.backoff > 0 ? retries.backoff * exp2(Double(k)) : 0
            var again = k + 1 < width ? n : 0
            if isDead {
              // A client retries where its address points: only those help themselves that move meanwhile.
              let waited = retries.timeout + wait
              let later =
                isActedOn ? self.moved(middle + waited, middle + waited + 1e-6, switched, returned, target) : 0
              again *= moved < 1 ? max(0, later - moved) / (1 - moved) : 1
            }
            if retries.budget != nil {
              again = min(again, max(0, tokens))
              tokens -= again
            }
            // Half of the wait is at random: spread over it.
            let early = Int(wait / 2 / fine) + 1
            let late = max(early, Int(wait / fine))
            for o in 0..<origins {
              let part = mixed > 0 ? mix[r * origins + o] / mixed : rates[o] > 0 ? 1 / Double(origins) : 0
              guard part > 0 else { continue }
              timeline.lost(o, (n - again) * part)
              guard again > 0 else { continue }
              pending += again * part
              let each = again * part / Double(late - early + 1)
              for s in early...late {
                due[((slot + s) % slots) * 2 * lane + (isDead ? lane : 0) + o * width + k + 1] += each
              }
            }
          }
        }
        // Next step's retries. Coarse seconds take all that falls due within them.
        let pass = max(1, Int((step / fine).rounded()))
        guard pending > 1e-9 else {
          slot = (slot + pass) % slots
          continue
        }
        for _ in 0..<pass {
          slot = (slot + 1) % slots
          let base = slot * 2 * lane
          for i in 0..<(2 * lane) where due[base + i] > 0 {
            dueNow[i] += due[base + i]
            due[base + i] = 0
            hasDue = true
          }
        }
      }
      timeline.endSecond()
      if setting.scaleUp.rate > 0 { observe(time) }
      time += 1
    }
    return timeline
  }

  /// The mean share of a lost region's clients that are led elsewhere during a step.
  private func moved(_ a: Double, _ b: Double, _ switched: Double, _ returned: Double, _ target: Double) -> Double {
    let mechanism = setting.mechanism
    guard b > switched else { return 0 }
    guard b > returned else { return target * mechanism.moved(from: a - switched, to: b - switched) }
    let before = mechanism.moved(after: returned - switched)
    return target * before * (1 - mechanism.moved(from: max(0, a - returned), to: b - returned))
  }

  /// One way from an origin to a region.
  private struct Route {
    var origin: Int
    var region: Int
    /// The part of the origin's traffic while all is well.
    var own: Double
    /// What is added as the clients of lost regions move, and the part of a client of one that comes here.
    var led: Double
    var fallback: Double
    var isGone: Bool
  }

  private func routes(_ gone: [Bool], _ fallbacks: [[Double]]) -> [Route] {
    var routes: [Route] = []
    for (o, origin) in setting.origins.enumerated() {
      let lost = zip(origin.shares, gone).reduce(0) { $0 + ($1.1 ? $1.0 : 0) }
      for r in setting.regions.indices where origin.shares[r] > 0 || (lost > 0 && fallbacks[o][r] > 0) {
        routes.append(
          Route(
            origin: o, region: r, own: origin.shares[r], led: lost * fallbacks[o][r], fallback: fallbacks[o][r],
            isGone: gone[r]))
      }
    }
    return routes
  }

  /// What a region serves: what stands and what has been started, less what the incident takes and cold caches cost.
  private func capacity(
    _ r: Int, _ time: Double, _ start: Double?, _ over: Double, _ need: Double, _ switched: Double, _ isMoved: Bool
  ) -> Double {
    let region = setting.regions[r]
    var capacity = region.capacity
    // Growth begins when the traffic is led here, or when so many retries arrive that the metric shows an overload.
    let asked = need > capacity ? min(switched, overloaded[r] ?? .infinity) : overloaded[r] ?? .infinity
    let began = asked + setting.scaleUp.delay
    if start == nil, time > began, max(need, mostSeen[r]) > capacity {
      let most = min(region.limit, max(need, mostSeen[r]) * 1.05)
      capacity = max(capacity, min(most, capacity + setting.scaleUp.rate * (time - began)))
    }
    if let start, time >= start, time < over { capacity *= incident.left }
    if setting.caches.penalty > 0, isMoved, start == nil, need > 0 {
      // Of its load the part that came from elsewhere misses.
      var own = 0.0
      for origin in setting.origins { own += demand(origin, at: time) * origin.shares[r] }
      let foreign = max(0, 1 - own / need)
      let misses = exp(-(time - switched) / setting.caches.fill)
      capacity /= 1 + foreign * setting.caches.penalty * misses
    }
    return capacity
  }
}
