import Quantities

/// How a service stands by for the loss of a region.
public enum RecoveryPosture: String, Hashable, Sendable, CaseIterable {
  /// Data is copied now and then; everything else is made anew.
  case backupAndRestore = "backup and restore"
  /// Data is replicated; infrastructure, models and machines come when they are needed.
  case pilotLight = "pilot light"
  /// Infrastructure and models are there too; machines come when they are needed.
  case cold
  /// A part of the machines serves or stands ready; the rest comes when it is needed.
  case warm
  /// All of the machines stand ready.
  case hot
  /// All of the machines serve already.
  case activeActive = "active-active"

  /// Reads a posture as people write it: `warm`, `pilot light`, `active-active`.
  public static func named(_ text: String) -> RecoveryPosture? {
    let word = text.lowercased().split { $0 == " " || $0 == "-" || $0 == "_" }.joined()
    return allCases.first { $0.rawValue.split { $0 == " " || $0 == "-" }.joined() == word }
  }
}

/// What a recovery is made of, in seconds: measured in drills, or taken with the reason.
public struct RecoveryParts: Hashable, Sendable {
  /// Until the loss is seen, until somebody decides, and until clients go elsewhere.
  public var detection: Double
  public var decision: Double
  public var routing: Double
  /// Until networks, clusters and permissions stand, where they are made anew.
  public var infrastructure: Double
  /// From asking for machines to their joining, where they can be had.
  public var machines: Double
  /// How probable it is that they can be had at once, and how long they take where they cannot (accelerators are scarce
  /// when everybody evacuates).
  public var obtainable: Double
  public var scarcity: Double
  /// Pulling the image, and loading the model into memory.
  public var image: Double
  public var modelLoad: Double
  /// Model artifacts: their size and the rate at which they reach the region.
  public var artifactBytes: Double
  public var artifactRate: Double
  /// Features: rows that are computed anew where they are not replicated, and rows a second.
  public var featureRows: Double
  public var featureRate: Double
  public var replicatesFeatures: Bool
  /// Restoring data from its backup: bytes and bytes a second.
  public var backupBytes: Double
  public var backupRate: Double
  /// Until caches are warm enough.
  public var caches: Double
  /// By how much the copies of the data lag, and how far backups are apart.
  public var replicationLag: Double
  public var backupInterval: Double
  /// The part of the machines that a warm posture holds, and the part of the demand that must be served at the least while
  /// the rest comes.
  public var warmShare: Double
  public var degradedShare: Double

  public init(
    detection: Double = 90, decision: Double = 300, routing: Double = 60, infrastructure: Double = 3600,
    machines: Double = 240, obtainable: Double = 1, scarcity: Double = 0, image: Double = 0, modelLoad: Double = 0,
    artifactBytes: Double = 0, artifactRate: Double = 1e9, featureRows: Double = 0, featureRate: Double = 1e5,
    replicatesFeatures: Bool = true, backupBytes: Double = 0, backupRate: Double = 5e8, caches: Double = 0,
    replicationLag: Double = 5, backupInterval: Double = 86_400, warmShare: Double = 0.5, degradedShare: Double = 1
  ) {
    self.detection = detection
    self.decision = decision
    self.routing = routing
    self.infrastructure = infrastructure
    self.machines = machines
    self.obtainable = obtainable
    self.scarcity = scarcity
    self.image = image
    self.modelLoad = modelLoad
    self.artifactBytes = artifactBytes
    self.artifactRate = artifactRate
    self.featureRows = featureRows
    self.featureRate = featureRate
    self.replicatesFeatures = replicatesFeatures
    self.backupBytes = backupBytes
    self.backupRate = backupRate
    self.caches = caches
    self.replicationLag = replicationLag
    self.backupInterval = backupInterval
    self.warmShare = warmShare
    self.degradedShare = degradedShare
  }
}

/// What a posture gives.
public struct RecoveryTime: Hashable, Sendable {
  public struct Term: Hashable, Sendable {
    public var name: String
    public var seconds: Double
  }
  public var posture: RecoveryPosture
  /// One behind the other; what runs beside something longer is not in it.
  public var terms: [Term]
  /// The mean recovery time, and that where machines cannot be had at once.
  public var seconds: Double { terms.reduce(0) { $0 + $1.seconds } }
  public var worstSeconds: Double
  /// Seconds of data that are lost.
  public var dataLoss: Double
  /// The part of the lost region's machines that is held all the time.
  public var standingShare: Double
  public var dominant: Term? { terms.max { $0.seconds < $1.seconds } }

  public init(_ posture: RecoveryPosture, _ parts: RecoveryParts) {
    self.posture = posture
    func ratio(_ amount: Double, _ rate: Double) -> Double {
      amount <= 0 ? 0 : rate > 0 ? amount / rate : .infinity
    }
    standingShare =
      switch posture {
      case .backupAndRestore, .pilotLight, .cold: 0
      case .warm: min(1, max(0, parts.warmShare))
      case .hot, .activeActive: 1
      }
    dataLoss = posture == .backupAndRestore ? parts.backupInterval : parts.replicationLag
    let artifacts = ratio(parts.artifactBytes, parts.artifactRate)
    let features = parts.replicatesFeatures ? 0 : ratio(parts.featureRows, parts.featureRate)
    // A warm part that carries what must be served needs nothing more to count as recovered.
    let isEnough = standingShare >= min(1, max(0, parts.degradedShare)) - 1e-9
    var chain: [Term] = []
    var scarce = 0.0
    switch posture {
    case .backupAndRestore, .pilotLight:
      chain.append(Term(name: "infrastructure", seconds: parts.infrastructure))
      chain.append(Term(name: "model artifacts", seconds: artifacts))
    case .cold, .warm, .hot, .activeActive: break
    }
    if posture == .backupAndRestore {
      chain.append(Term(name: "data from backup", seconds: ratio(parts.backupBytes, parts.backupRate)))
    }
    // Features that nobody replicated are computed anew wherever nothing ran.
    if standingShare == 0 { chain.append(Term(name: "feature store", seconds: features)) }
    if !isEnough {
      scarce = parts.scarcity
      chain.append(Term(name: "machines", seconds: parts.machines))
      chain.append(Term(name: "scarce machines", seconds: (1 - min(1, max(0, parts.obtainable))) * scarce))
      chain.append(Term(name: "image", seconds: parts.image))
      chain.append(Term(name: "model load", seconds: parts.modelLoad))
    }
    let capacity = chain.reduce(0) { $0 + $1.seconds }
    // Clients are led over while capacity comes; the longer of both counts.
    let way = capacity >= parts.routing ? chain : [Term(name: "routing", seconds: parts.routing)]
    var all = [Term(name: "detection", seconds: parts.detection)]
    // Where all regions serve already, routing around one needs nobody's decision.
    if posture != .activeActive { all.append(Term(name: "decision", seconds: parts.decision)) }
    all += way
    if posture != .activeActive { all.append(Term(name: "caches", seconds: parts.caches)) }
    terms = all.filter { $0.seconds > 0 }
    let mean = all.reduce(0) { $0 + $1.seconds }
    let isScarce = !isEnough && parts.obtainable < 1 && capacity >= parts.routing
    worstSeconds = mean + (isScarce ? min(1, max(0, parts.obtainable)) * scarce : 0)
  }

  /// Every posture, the least prepared first.
  public static func all(_ parts: RecoveryParts) -> [RecoveryTime] {
    RecoveryPosture.allCases.map { RecoveryTime($0, parts) }
  }

  public func meets(time: Double?, dataLoss objective: Double?) -> Bool {
    (time.map { seconds <= $0 + 1e-9 } ?? true) && (objective.map { dataLoss <= $0 + 1e-9 } ?? true)
  }
}

/// What to rehearse, and when.
public struct Drill: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    case evacuation = "evacuate"
    case restore = "restore from backup"
    case scaling = "start the missing machines"
  }
  public var kind: Kind
  /// Empty for the whole.
  public var region: String
  public var date: CivilDate
  /// When it was last done; nil where never.
  public var last: CivilDate?

  /// The next year's drills: each region once a quarter, one after the other, so that no two are near each other; the
  /// restoration of backups and the start of missing machines twice a year where a posture rests on them.
  ///
  /// - Parameter last: when each region was last evacuated.
  public static func calendar(
    _ posture: RecoveryPosture, regions: [String], last: [String: CivilDate], from today: CivilDate
  ) -> [Drill] {
    guard !regions.isEmpty else { return [] }
    var drills: [Drill] = []
    // What was never drilled comes first, then what was drilled longest ago.
    let order = regions.enumerated().sorted { a, b in
      let (first, second) = (last[a.element], last[b.element])
      if first == second { return a.offset < b.offset }
      guard let first else { return true }
      guard let second else { return false }
      return first < second
    }.map(\.element)
    let gap = max(7, 91 / regions.count)
    for quarter in 0..<4 {
      for (i, region) in order.enumerated() {
        drills.append(
          Drill(
            kind: .evacuation, region: region, date: workday(today + 14 + quarter * 91 + i * gap),
            last: quarter == 0 ? last[region] : nil))
      }
    }
    for half in 0..<2 {
      if posture == .backupAndRestore {
        drills.append(Drill(kind: .restore, region: "", date: workday(today + 30 + half * 182)))
      }
      if posture != .hot, posture != .activeActive {
        drills.append(Drill(kind: .scaling, region: "", date: workday(today + 45 + half * 182)))
      }
    }
    return drills.filter { $0.date <= today + 366 }.sorted { $0.date < $1.date }
  }

  /// A Tuesday, Wednesday or Thursday: everybody is there, and nothing was left over from a weekend.
  private static func workday(_ date: CivilDate) -> CivilDate {
    var day = date
    while ![Weekday.tuesday, .wednesday, .thursday].contains(day.weekday) { day = day + 1 }
    return day
  }
}
