import Testing

/// The table of docs/architecture.md as data, once: on which floor each room lies and what it may import.
/// A room that is not built yet may stand here; a room that is built must.
enum FloorPlan {
  struct Room {
    var floor: Int
    var mayImport: Set<String>
  }

  /// Floors 1 to 4, which `Planning` and the rooms above may import all of.
  private static let belowPlanning: Set<String> = [
    "Quantities", "Documents", "Wire", "Optimizing", "Terminal", "Catalogs", "Traffic", "Serving", "Scaling",
    "Training", "Costs", "Simulating", "LoadTesting", "Placing",
  ]
  private static let planningAndBelow = belowPlanning.union(["Planning"])

  static let rooms: [String: Room] = [
    // Floor 1: the ground. Only C libraries below.
    "Quantities": Room(floor: 1, mayImport: []),
    "Documents": Room(floor: 1, mayImport: ["CYaml", "CZlib"]),
    "Wire": Room(floor: 1, mayImport: ["CLinux", "COpenSSL", "CNGHTTP2", "CZlib"]),
    "Optimizing": Room(floor: 1, mayImport: ["CHighs"]),
    "Terminal": Room(floor: 1, mayImport: []),

    "Catalogs": Room(floor: 2, mayImport: ["Quantities", "Documents", "CCatalogData"]),

    "Traffic": Room(floor: 3, mayImport: ["Catalogs", "Quantities", "Documents", "CTrafficData"]),
    "Serving": Room(floor: 3, mayImport: ["Catalogs", "Quantities", "Documents"]),
    "Scaling": Room(floor: 3, mayImport: ["Catalogs", "Quantities", "Documents"]),
    "Training": Room(floor: 3, mayImport: ["Catalogs", "Quantities", "Documents", "CTrainingData"]),
    "Costs": Room(floor: 3, mayImport: ["Catalogs", "Quantities"]),

    "Simulating": Room(floor: 4, mayImport: ["Traffic", "Serving", "Scaling", "Catalogs", "Quantities"]),
    "LoadTesting": Room(
      floor: 4, mayImport: ["Traffic", "Serving", "Catalogs", "Wire", "Documents", "Quantities"]),
    "Placing": Room(
      floor: 4, mayImport: ["Traffic", "Serving", "Costs", "Catalogs", "Optimizing", "Quantities"]),

    "Planning": Room(floor: 5, mayImport: belowPlanning),

    "Reporting": Room(floor: 6, mayImport: planningAndBelow),
    "Connecting": Room(floor: 6, mayImport: planningAndBelow.union(["CCurl"])),
    "Storing": Room(floor: 6, mayImport: planningAndBelow.union(["CSQLite"])),

    "Dashboard": Room(
      floor: 7,
      mayImport: planningAndBelow.union([
        "Reporting", "Connecting", "Storing", "CMicroHTTPD", "CDashboardData", "CZlib",
      ])),

    "headroom": Room(
      floor: 8, mayImport: planningAndBelow.union(["Reporting", "Connecting", "Storing", "Dashboard"])),
    "headroom-bench": Room(
      floor: 8, mayImport: planningAndBelow.union(["Reporting", "Connecting", "Storing", "Dashboard"])),
  ]
}

/// The rules of the house about text, as data: what may not stand in Sources, and where it may, with the reason.
enum Ban {
  struct Rule: Sendable, CustomTestStringConvertible {
    var text: String
    /// What to do instead.
    var instead: String
    /// Paths below `Sources/` (a file, or a folder with its closing slash) and why they may.
    var allowed: [(path: String, reason: String)] = []
    var testDescription: String { text }

    init(_ text: String, instead: String, allowed: [(path: String, reason: String)] = []) {
      self.text = text
      self.instead = instead
      self.allowed = allowed
    }
  }

  static let rules = [
    Rule("try!", instead: "throw on, or handle the error"),
    Rule(" as! ", instead: "use `as?` and handle nil"),
    Rule("fatalError(", instead: "our own fault is a `precondition(..., \"sentence\")`"),
    Rule("@unchecked Sendable", instead: "use a value type, an actor or a `Mutex`"),
    Rule("nonisolated(unsafe)", instead: "pass the value in, or use a `Mutex`"),
    Rule("import FoundationNetworking", instead: "libcurl stands behind `Connecting`"),
    // Two bills of one thing: there is one way from machines to money, `FleetUse.cost` and `Fleet.cost(over:)`.
    Rule(
      "dollarsPerHour", instead: "ask `Costs` what a `FleetUse` or a fleet costs",
      allowed: [
        ("Costs/", "multiplies hours by prices"), ("Quantities/", "has the unit"),
        ("Planning/Derivations/", "writes a price in the ledger's arithmetic"),
        ("Planning/Fleet/FleetSlice+Answer.swift", "notes the price in the ledger"),
        ("Reporting/SizeReport/", "tells an offer's price as a number in JSON"),
      ]),
    Rule(
      "hourly.rawValue", instead: "ask `Costs` what a `FleetUse` or a fleet costs",
      allowed: [("Costs/", "multiplies hours by prices")]),
    Rule("* CostBreakdown.hoursPerMonth", instead: "ask a `CostBreakdown` for its month"),
    Rule("/ CostBreakdown.hoursPerMonth", instead: "ask a `CostBreakdown` for its hour"),
    Rule("* 730", instead: "ask a `CostBreakdown` for its month"),
    Rule(
      "/ 730", instead: "ask a `CostBreakdown` for its hour",
      allowed: [("Quantities/QuantityText.swift", "reads $700/month as the price of an hour")]),
  ]

  /// Names of files that gather whatever has no home.
  static let fileNames = ["Util", "Common", "Helper", "Manager", "Misc"]
  static let longestFile = 600
  /// Below this many lines of code the rooms are still filling and a share says nothing.
  static let sharesCountFrom = 20_000
  static let largestShare = 0.2
}
