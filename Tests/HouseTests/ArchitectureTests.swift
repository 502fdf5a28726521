import Testing

@Suite struct ArchitectureTests {
  static let manifest = Manifest(Checkout.read("Package.swift") ?? "")

  @Test("the manifest is understood: its calls, nested lists and comments")
  func manifestIsUnderstood() {
    let text = """
      func room(_ name: String) -> Target { .target(name: name) }
      let package = Package(
        targets: [
          .systemLibrary(name: "CA", pkgConfig: "a", providers: [.apt(["liba-dev"])]),
          // room("Ghost", on: ["CA"]),
          room("One"),
          room(
            "Two",
            on: [
              "One", "CA",  // "Ghost"
            ], exclude: ["x"]),
          .target(name: "Plain", dependencies: [.target(name: "One"), "Two"], path: "Some/Where"),
          tests(of: "Two", with: ["One"]),
        ])
      """
    let read = Manifest(text).targets.map { "\($0.kind) \($0.name) \($0.dependencies) \($0.path ?? "-")" }
    #expect(
      read == [
        ".systemLibrary CA [] -", "room One [] -", "room Two [\"One\", \"CA\"] -",
        ".target Plain [\"One\", \"Two\"] Some/Where", "tests TwoTests [\"One\", \"Two\"] -",
      ])
  }

  @Test("Package.swift declares rooms at all")
  func thereAreRooms() {
    #expect(Self.manifest.rooms.count >= 14)
    #expect(Self.manifest.rooms.contains { $0.name == "Quantities" })
    #expect(Self.manifest.testTargets.contains { $0.name == "QuantitiesTests" })
  }

  @Test("every room stands in the floor plan", arguments: manifest.rooms.map(\.name))
  func everyRoomIsPlanned(_ room: String) {
    #expect(FloorPlan.rooms[room] != nil, "add \(room) with its floor to FloorPlan and docs/architecture.md")
  }

  @Test("arrows point down, and only where the floor plan draws one", arguments: manifest.rooms.map(\.name))
  func arrowsPointDown(_ room: String) throws {
    let plan = try #require(FloorPlan.rooms[room])
    let target = try #require(Self.manifest.rooms.first { $0.name == room })
    for dependency in target.dependencies {
      #expect(plan.mayImport.contains(dependency), "\(room) may not import \(dependency)")
      if let below = FloorPlan.rooms[dependency] {
        #expect(below.floor < plan.floor, "\(room) on floor \(plan.floor) imports \(dependency) on \(below.floor)")
      }
    }
  }

  @Test("the floor plan itself has no arrow up and none within a floor")
  func theFloorPlanIsSound() {
    for (name, room) in FloorPlan.rooms {
      for other in room.mayImport {
        guard let below = FloorPlan.rooms[other] else {
          #expect(other.hasPrefix("C"), "\(name) may import \(other), which is neither a room nor a C library")
          continue
        }
        #expect(below.floor < room.floor, "\(name) may import \(other)")
      }
    }
  }

  @Test("a file imports only rooms that its own room declares")
  func importsAreDeclared() {
    let known = Set(FloorPlan.rooms.keys).union(Self.manifest.targets.map(\.name))
    for target in Self.manifest.rooms {
      for file in Checkout.swiftFiles(under: target.path ?? "Sources/\(target.name)") {
        for module in file.lines.compactMap(importedModule) where known.contains(module) {
          #expect(
            target.dependencies.contains(module), "\(file.path) imports \(module), which its room does not declare")
        }
      }
    }
  }

  /// `Quantities` of `public import struct Quantities.Timestamp`.
  func importedModule(_ line: Substring) -> String? {
    var words = line.split(separator: " ")
    while let first = words.first, first.hasPrefix("@") || ["public", "package", "internal"].contains(first) {
      words.removeFirst()
    }
    guard words.first == "import", words.count > 1 else { return nil }
    words.removeFirst()
    if ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"].contains(words[0]) {
      words.removeFirst()
    }
    return words.first?.split(separator: ".").first.map(String.init)
  }

  @Test("the folders of Sources are the targets of Package.swift")
  func foldersAreTargets() {
    let folders = Set(Checkout.files(under: "Sources").compactMap { $0.path.split(separator: "/").dropFirst().first })
    let declared = Set(Self.manifest.targets.map(\.name))
    for folder in folders { #expect(declared.contains(String(folder)), "Sources/\(folder) is no target") }
  }

  @Test("no room is empty", arguments: manifest.rooms.map(\.name))
  func noRoomIsEmpty(_ room: String) throws {
    let target = try #require(Self.manifest.rooms.first { $0.name == room })
    #expect(!Checkout.swiftFiles(under: target.path ?? "Sources/\(room)").isEmpty, "\(room) has no source file")
  }

  @Test(
    "tests mirror Sources: every room has a test target and a folder of tests", arguments: manifest.rooms.map(\.name))
  func testsMirrorSources(_ room: String) {
    // The command is tested from outside; the benchmarks measure.
    if room == "headroom-bench" { return }
    let tests = room == "headroom" ? "CommandTests" : room + "Tests"
    #expect(Self.manifest.testTargets.contains { $0.name == tests }, "Package.swift has no test target \(tests)")
    #expect(!Checkout.swiftFiles(under: "Tests/\(tests)").isEmpty, "Tests/\(tests) has no file")
  }

  @Test("no room holds more than a fifth of the code, once there are 20,000 lines of it")
  func noRoomIsTooLarge() {
    let sizes = Self.manifest.rooms.filter { $0.path == nil }.map { room in
      (room.name, Checkout.swiftFiles(under: "Sources/\(room.name)").reduce(0) { $0 + $1.lineCount })
    }
    let total = sizes.reduce(0) { $0 + $1.1 }
    guard total > Ban.sharesCountFrom else { return }
    for (room, lines) in sizes {
      #expect(Double(lines) <= Ban.largestShare * Double(total), "\(room) has \(lines) of \(total) lines: split it")
    }
  }
}
