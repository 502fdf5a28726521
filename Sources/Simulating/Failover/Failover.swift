/// What a region's failure does: `headroom failover`.
public struct Failover: Hashable, Sendable {
  public let setting: FailoverSetting
  public let incident: RegionIncident
  public let timeline: FailoverTimeline
  /// Seconds from the beginning of the incident until the objective is met again and stays met; 0 where it never was
  /// missed, nil where it is not met by the end.
  public let recoverySeconds: Double?
  /// What the time went to, in order.
  public let terms: [Term]
  /// Seconds of data that are lost: the replication's lag.
  public var dataLossSeconds: Double { incident.kind == .lost ? setting.replicationLag : 0 }
  /// Seconds in which the objective was missed.
  public let missedSeconds: Double
  public let lost: Double
  /// The highest attempts over capacity of any standing region, with the region and the second.
  public let peakOverload: (load: Double, region: Int, second: Double)
  /// Whether it is served again by the end.
  public let recovers: Bool

  public struct Term: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
      case detect, decide, route, scale, warm, drain
    }
    public var kind: Kind
    public var seconds: Double
  }
  /// The longest part; nil where nothing was missed.
  public var dominant: Term? { terms.max { $0.seconds < $1.seconds }.flatMap { $0.seconds > 0 ? $0 : nil } }

  public static func == (a: Self, b: Self) -> Bool {
    a.setting == b.setting && a.incident == b.incident && a.timeline == b.timeline
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(incident)
    hasher.combine(setting)
  }

  /// Plays it.
  ///
  /// - Parameters:
  ///   - before: seconds shown before the incident.
  ///   - after: seconds after its end.
  public init(_ setting: FailoverSetting, _ incident: RegionIncident, before: Double = 120, after: Double = 1800) {
    precondition(setting.regions.indices.contains(incident.region), "an incident is a known region's")
    let from = max(0, incident.start - before).rounded(.down)
    let end = min(incident.start + incident.duration + after, from + 14 * 86_400)
    var run = FailoverRun(setting, incident, from: from, to: end)
    self.init(setting, incident, run.play())
  }

  init(_ setting: FailoverSetting, _ incident: RegionIncident, _ timeline: FailoverTimeline) {
    self.setting = setting
    self.incident = incident
    self.timeline = timeline
    let seconds = timeline.offered.count
    let first = max(0, Int(incident.start - timeline.from))
    func isMet(_ i: Int) -> Bool {
      timeline.offered[i] <= 0 || timeline.served[i] >= setting.objective * timeline.offered[i] - 1e-9
    }
    var missed = 0
    var lastMiss: Int?
    for i in first..<max(first, seconds) where !isMet(i) {
      missed += 1
      lastMiss = i
    }
    missedSeconds = Double(missed)
    lost = timeline.lost.reduce(0, +)
    // The first minute that is met throughout, after something was missed.
    var recovered: Double? = 0
    if lastMiss != nil {
      recovered = nil
      var i = first
      var run = 0
      var hasMissed = false
      while i < seconds {
        if isMet(i) { run += 1 } else { run = 0; hasMissed = true }
        if hasMissed, run == 60 {
          recovered = Double(i - 59 - first)
          break
        }
        i += 1
      }
      if recovered == nil, run > 0, lastMiss.map({ $0 < seconds - 10 }) ?? false {
        recovered = Double(seconds - run - first)
      }
    }
    recoverySeconds = recovered
    recovers = lastMiss.map { $0 < seconds - min(60, max(1, seconds / 20)) } ?? true
    var worst = (load: 0.0, region: 0, second: 0.0)
    for r in setting.regions.indices where incident.start(in: r, of: setting.regions.count) == nil {
      for i in first..<max(first, seconds) where timeline.capacity[r][i] > 0 {
        let load = timeline.arrivals[r][i] / timeline.capacity[r][i]
        if load > worst.load { worst = (load, r, Double(i) + timeline.from) }
      }
    }
    peakOverload = worst
    terms = Self.terms(setting, incident, timeline, first, recovered ?? Double(seconds - first))
  }

  private static func terms(
    _ setting: FailoverSetting, _ incident: RegionIncident, _ timeline: FailoverTimeline, _ first: Int, _ total: Double
  ) -> [Term] {
    guard total > 0 else { return [] }
    var left = total
    func take(_ kind: Term.Kind, _ seconds: Double) -> Term {
      let part = min(left, max(0, seconds))
      left -= part
      return Term(kind: kind, seconds: part)
    }
    var terms = [
      take(.detect, timeline.detected - incident.start), take(.decide, timeline.switched - timeline.detected),
    ]
    // Clients have moved when few enough are left for the objective.
    let most = timeline.moved.max() ?? 0
    let at = Int(max(0, timeline.switched - timeline.from))
    let enough = most - (1 - setting.objective)
    let routed = timeline.moved.indices.first { $0 >= at && timeline.moved[$0] >= enough } ?? at
    terms.append(take(.route, Double(routed) + timeline.from - timeline.switched))
    // Then capacity must suffice: for what arrives first, retries left out.
    let last = min(timeline.offered.count, first + Int(total))
    let grows = setting.scaleUp.rate > 0 && setting.scaleUp.delay.isFinite
    let peaks = setting.regions.indices.map { r in
      timeline.capacity[r][min(first, max(0, timeline.capacity[r].count - 1))...].max() ?? 0
    }
    let scaled = (routed..<max(routed, last)).last { i in
      setting.regions.indices.contains { r in
        incident.start(in: r, of: setting.regions.count) == nil && timeline.capacity[r][i] < peaks[r] * 0.999
          && timeline.arrivals[r][i] > timeline.capacity[r][i]
      }
    }
    if grows, let scaled { terms.append(take(.scale, Double(scaled + 1 - routed))) }
    if setting.caches.penalty > 0, left > 0, !grows { terms.append(take(.warm, left)) }
    terms.append(take(.drain, left))
    return terms.filter { $0.seconds > 0 }
  }
}
