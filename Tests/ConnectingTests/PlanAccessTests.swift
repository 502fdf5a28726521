import Connecting
import Foundation
import HeadroomTesting
import Testing

/// A plan comes with a pull request: it must not choose who gets the machine's secrets.
@Suite struct PlanAccessTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func access(
    hosts: [String] = [], folders: [String] = [], variables: [String] = [], isOffline: Bool = false,
    _ environment: [String: String] = [:]
  ) -> PlanAccess {
    PlanAccess(hosts: hosts, folders: folders, variables: variables, isOffline: isOffline) { environment[$0] }
  }

  @Test("reads files beside the plan and below it, whether they are there or not")
  func beside() throws {
    let plan = try folder.write("plans/plan.yaml", "plan: x")
    _ = try folder.write("plans/data/traffic.csv", "t,v")
    for name in ["data/traffic.csv", "./data/traffic.csv", "none.csv", "none/x.csv", "data/../plan.yaml"] {
      #expect(try access().file(name, beside: plan).hasSuffix(name))
    }
  }

  @Test("reads no file elsewhere, by path, by dots or by a link")
  func elsewhere() throws {
    let plan = try folder.write("plans/plan.yaml", "plan: x")
    let secret = try folder.write("secret", "token")
    symlink(secret, "\(folder.path)/plans/link")
    symlink(folder.path, "\(folder.path)/plans/up")
    for name in ["../secret", "/etc/passwd", secret, "link", "up/secret", "up/none", "data/../../secret"] {
      let error = #expect(throws: ConnectingError.self) { try access().file(name, beside: plan) }
      #expect(error?.code == .notAllowed)
      #expect(error?.remedy.contains("--allow-files") == true)
    }
    #expect(try access(folders: [folder.path]).file("../secret", beside: plan).hasSuffix("../secret"))
    #expect(throws: ConnectingError.self) {
      try access(folders: [folder.path], isOffline: true).file("../secret", beside: plan)
    }
  }

  @Test("takes the Git work tree in which the plan lies for its own, but for what Git keeps there")
  func workTree() throws {
    _ = try folder.write("tree/.git/config", "[http] extraheader = secret")
    _ = try folder.write("tree/data/traffic.csv", "t,v")
    let plan = try folder.write("tree/plans/plan.yaml", "plan: x")
    #expect(try access().file("../data/traffic.csv", beside: plan).hasSuffix("traffic.csv"))
    #expect(throws: ConnectingError.self) { try access().file("../.git/config", beside: plan) }
    #expect(throws: ConnectingError.self) { try access().file("../../secret", beside: plan) }
  }

  @Test(
    "asks servers of this machine, and those that the environment or the command line names",
    arguments: [
      "http://localhost:9090", "http://127.0.0.1:9", "http://[::1]/x", "https://prometheus.test", "http://a.test:81",
    ])
  func named(url: String) throws {
    let access = access(
      hosts: ["a.test:81"],
      ["HEADROOM_PROMETHEUS_URL": "https://prometheus.test/path", "HEADROOM_ALLOWED_HOSTS": "b.test, c.test"])
    try access.admit(url)
  }

  @Test(
    "asks no other server",
    arguments: [
      "http://169.254.169.254/latest/meta-data", "https://prometheus.test.evil.test", "http://prometheus.test",
      "http://a.test:82", "http://127.0.0.1.evil.test", "http://prometheus.test@evil.test",
    ])
  func other(url: String) {
    let access = access(hosts: ["a.test:81"], ["HEADROOM_PROMETHEUS_URL": "https://prometheus.test"])
    let error = #expect(throws: ConnectingError.self) { try access.admit(url) }
    #expect(error?.code == .notAllowed)
    #expect(error?.remedy.contains("--allow-host") == true)
  }

  @Test("asks nobody offline")
  func offline() {
    let error = #expect(throws: ConnectingError.self) { try access(isOffline: true).admit("http://localhost:9090") }
    #expect(error?.code == .notAllowed)
  }

  @Test("sends the environment's token to the server that the environment names, and to no other")
  func ambient() throws {
    let variables = [
      "HEADROOM_PROMETHEUS_TOKEN": "secret", "HEADROOM_PROMETHEUS_URL": "https://p.test:9090/prometheus",
    ]
    #expect(try access(variables).ambientCredentials(for: "https://p.test:9090") == .bearer(token: "secret"))
    for url in ["http://p.test:9090", "https://p.test", "https://evil.test:9090", "https://p.test:9090@evil.test"] {
      #expect(try access(variables).ambientCredentials(for: url) == .none)
    }
    let error = #expect(throws: ConnectingError.self) {
      try access(["HEADROOM_PROMETHEUS_TOKEN": "secret"]).ambientCredentials(for: "https://p.test")
    }
    #expect(error?.remedy.contains("HEADROOM_PROMETHEUS_URL") == true)
    #expect(try access().ambientCredentials(for: "https://p.test") == .none)
  }

  @Test("reads variables of its own prefix, and those that the command line names")
  func variables() throws {
    let given = ["HEADROOM_X": "1", "AWS_SECRET_ACCESS_KEY": "2", "MINE": "3"]
    #expect(try access(given).variable("HEADROOM_X") == "1")
    #expect(try access(variables: ["MINE"], given).variable("MINE") == "3")
    #expect(throws: ConnectingError.self) { try access(given).variable("AWS_SECRET_ACCESS_KEY") }
    let unset = #expect(throws: ConnectingError.self) { try access(given).variable("HEADROOM_NONE") }
    #expect(unset?.code == .badCredentials)
  }
}

extension Folder {
  /// Writes a file, and the folders above it; returns its path.
  func write(_ name: String, _ text: String) throws -> String {
    let file = "\(path)/\(name)"
    let folder = file[..<(file.lastIndex(of: "/") ?? file.endIndex)]
    try FileManager.default.createDirectory(atPath: String(folder), withIntermediateDirectories: true)
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    return file
  }
}
