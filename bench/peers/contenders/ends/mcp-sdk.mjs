import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const order = z.object({ id: z.number(), symbol: z.string(), side: z.string(), quantity: z.number(), price: z.string(), currency: z.string(), account: z.string() });
const orders = z.object({ orders: z.array(order) });

serveStdio(() => {
  const server = new McpServer({ name: "echo", version: "1.0.0" });
  server.registerTool("echo", { description: "Returns its orders.", inputSchema: orders, outputSchema: orders }, async (output) => ({
    content: [{ type: "text", text: JSON.stringify(output) }],
    structuredContent: output,
  }));
  return server;
});
