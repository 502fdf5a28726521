// swift-tools-version: 6.1
import PackageDescription

// The floor plan. A target is a room; arrows point down only: a room knows only the floors below it.
// docs/architecture.md tells what lives where; Tests/HouseTests holds this file to it.

let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

// Rooms whose loops the tests run millions of times are optimized in debug builds too.
let optimized: Set = [
  "Quantities", "Documents", "Traffic", "Serving", "Scaling", "Training", "Simulating", "Placing", "Planning",
]

func room(_ name: String, on floorsBelow: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  let fast: [SwiftSetting] = optimized.contains(name) ? [.unsafeFlags(["-O"], .when(configuration: .debug))] : []
  return .target(name: name, dependencies: floorsBelow, exclude: exclude, swiftSettings: settings + fast)
}

func tests(of name: String, with others: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name), "HeadroomTesting"] + others, exclude: exclude,
    swiftSettings: settings)
}

let package = Package(
  name: "headroom",
  products: [.executable(name: "headroom", targets: ["headroom"])],
  targets: [
    // C libraries: one target each.
    .systemLibrary(name: "CYaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .target(name: "CCurl"),
    .target(name: "CCatalogData", exclude: ["data"], cSettings: [.unsafeFlags(["-std=c23"])]),
    .target(name: "CTrafficData", exclude: ["data"], cSettings: [.unsafeFlags(["-std=c23"])]),
    .target(name: "CTrainingData", exclude: ["data"], cSettings: [.unsafeFlags(["-std=c23"])]),
    .target(name: "CLinux"),
    .target(name: "CHighs"),
    .target(name: "CMicroHTTPD"),
    .target(name: "CDashboardData", exclude: ["data"], cSettings: [.unsafeFlags(["-std=c23"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CNGHTTP2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),

    // Floor 1: the ground. Nouns without dependencies.
    room("Quantities"),
    room("Documents", on: ["CYaml", "CZlib"]),
    room("Wire", on: ["CLinux", "COpenSSL", "CNGHTTP2", "CZlib"]),
    room("Optimizing", on: ["CHighs"]),
    room("Terminal"),

    // Floor 2
    room("Catalogs", on: ["Quantities", "Documents", "CCatalogData"]),

    // Floor 3
    room("Traffic", on: ["Catalogs", "Quantities", "Documents", "CTrafficData"]),
    room("Serving", on: ["Catalogs", "Quantities", "Documents"]),
    room("Scaling", on: ["Catalogs", "Quantities", "Documents"]),
    room("Training", on: ["Catalogs", "Quantities", "Documents", "CTrainingData"]),
    room("Costs", on: ["Catalogs", "Quantities"]),

    // Floor 4
    room("Simulating", on: ["Traffic", "Serving", "Scaling", "Catalogs", "Quantities"]),
    room("LoadTesting", on: ["Traffic", "Serving", "Catalogs", "Wire", "Documents", "Quantities"]),
    room("Placing", on: ["Costs", "Catalogs", "Optimizing", "Quantities"]),

    // Floor 5
    room(
      "Planning",
      on: [
        "Simulating", "LoadTesting", "Placing", "Optimizing", "Traffic", "Serving", "Scaling", "Training", "Costs",
        "Catalogs", "Quantities", "Documents",
      ]),

    // Floor 6
    room(
      "Reporting",
      on: [
        "Planning", "Simulating", "LoadTesting", "Placing", "Traffic", "Serving", "Scaling", "Training", "Costs",
        "Catalogs",
        "Quantities", "Documents", "Terminal",
      ]),
    room(
      "Connecting", on: ["Planning", "Traffic", "Scaling", "Catalogs", "Quantities", "Documents", "CCurl"]),
    room("Storing", on: ["Planning", "Traffic", "Serving", "Quantities", "Documents", "CSQLite"]),

    // Floor 7
    room(
      "Dashboard",
      on: [
        "Reporting", "Connecting", "Storing", "Planning", "Simulating", "Traffic", "Serving", "Scaling", "Quantities",
        "Documents", "CMicroHTTPD", "CDashboardData", "CZlib",
      ]),

    // Floor 8: the command.
    .executableTarget(
      name: "headroom",
      dependencies: [
        "Dashboard", "Reporting", "Connecting", "Storing", "Planning", "Simulating", "LoadTesting", "Placing",
        "Optimizing",
        "Traffic", "Serving", "Scaling", "Training", "Costs", "Catalogs", "Quantities", "Documents", "Terminal",
      ], swiftSettings: settings),

    .executableTarget(
      name: "headroom-bench",
      dependencies: [
        "Catalogs", "Quantities", "Documents", "Traffic", "Serving", "Scaling", "Training", "Simulating", "Wire",
        "LoadTesting", "Planning", "Connecting", "Storing", "Terminal",
      ],
      path: "Benchmarks",
      swiftSettings: settings),

    // Test support and tests, which mirror Sources.
    .target(
      name: "HeadroomTesting", dependencies: ["CNGHTTP2", "COpenSSL"], path: "Tests/HeadroomTesting",
      swiftSettings: settings),
    tests(of: "Quantities"),
    tests(of: "Documents"),
    tests(of: "Wire"),
    tests(of: "Optimizing"),
    tests(of: "Terminal"),
    tests(of: "Catalogs", with: ["Quantities", "Documents"]),
    tests(of: "Traffic", with: ["Quantities", "Documents"]),
    tests(of: "Serving", with: ["Catalogs", "Quantities", "Documents"]),
    tests(of: "Scaling", with: ["Quantities", "Documents"], exclude: ["Scenarios/Texts"]),
    tests(of: "Training", with: ["Catalogs", "Quantities", "Documents"]),
    tests(of: "Costs", with: ["Catalogs", "Quantities"]),
    tests(of: "Simulating", with: ["Traffic", "Serving", "Scaling", "Catalogs", "Quantities"]),
    tests(of: "LoadTesting", with: ["Traffic", "Serving", "Catalogs", "Wire", "Documents", "Quantities"]),
    tests(of: "Placing", with: ["Costs", "Catalogs", "Optimizing", "Quantities"]),
    tests(
      of: "Planning",
      with: [
        "Simulating", "LoadTesting", "Placing", "Optimizing", "Traffic", "Serving", "Scaling", "Costs", "Catalogs",
        "Quantities", "Documents",
      ]),
    tests(
      of: "Reporting",
      with: [
        "Planning", "LoadTesting", "Placing", "Optimizing", "Catalogs", "Traffic", "Serving", "Scaling", "Costs",
        "Quantities", "Documents", "Terminal",
      ]),
    tests(of: "Connecting", with: ["Planning", "Traffic", "Scaling", "Catalogs", "Quantities", "Documents"]),
    tests(of: "Storing", with: ["Planning", "Traffic", "Serving", "Quantities", "Documents"]),
    tests(
      of: "Dashboard",
      with: [
        "Reporting", "Connecting", "Storing", "Planning", "Traffic", "Serving", "Catalogs", "Quantities", "Documents",
      ]),
    .testTarget(name: "HouseTests", dependencies: ["HeadroomTesting"], swiftSettings: settings),
    .testTarget(
      name: "CommandTests", dependencies: ["HeadroomTesting", "Documents", "headroom"], exclude: ["Golden"],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
