import Documents
import HeadroomTesting
import Testing

/// `headroom load chaos --load`, as a user runs it.
@Suite struct LoadChaosCommandTests {
  @Test("it asks what load asks, through the proxy, and what it keeps covers its line of the checklist")
  func asksAsLoadDoes() throws {
    let server = try HTTP2Server { _ in .answer(status: 200, body: "ok") }
    defer { server.stop() }
    let folder = try Command.temporaryFolder()
    defer { Command.remove(folder: folder) }
    let store = folder + "/runs.db"
    let arguments = [
      "load", "chaos", "--to", "127.0.0.1:\(server.port)", "--load", server.url + "{{path}}", "--http2", "--rate",
      "40/s", "-d", "1500ms", "--header", "X-Team: search", "--data", folder + "/rows.csv", "--at",
      "1100ms..1200ms latency=1ms", "--store", store, "--name", "shop", "--json",
    ]
    try Command.write("path\nb\n", to: folder + "/rows.csv")
    let result = try Command.run(arguments)
    let json = try JSON.parse(result.stdout, file: "stdout")
    // On a machine too busy for the schedule the run is invalid, and covers nothing.
    let isValid = json["load"]?["valid"]?.bool == true
    #expect(result.exit == (isValid ? 0 : 1), "\(result.stderr)")
    #expect(json["schema"]?.string == "headroom/load-chaos/1" && json["load"]?["language"]?.string == "HTTP/2")
    // A second of warm-up is left out of the figures.
    #expect(json["load"]?["ok"]?.number == 20 && server.requests == 60)
    let fields = server.lastFields.map { "\($0.name): \($0.value)" }
    #expect(fields.contains(":path: /b") && fields.contains("x-team: search"))

    let plan = TestData.checkout + "/Tests/CommandTests/Golden/load-checklist/plan.yaml"
    let list = try JSON.parse(
      try Command.run(["load", "--checklist", plan, "--store", store, "--json"]).stdout, file: "stdout")
    let covered = (list["items"]?.elements ?? []).filter { $0["covered"]?.bool == true }.compactMap { $0["id"]?.string }
    #expect(covered == (isValid ? ["objective", "failover"] : ["objective"]))
  }

  @Test("a proxy alone has no result to keep")
  func nothingToKeep() throws {
    let result = try Command.run(
      ["load", "chaos", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:1", "-d", "100ms", "--store", "runs.db"])
    #expect(result.exit == 64 && result.stderr.contains("'--store' keeps the result of a load. Add --load URL."))
  }
}
