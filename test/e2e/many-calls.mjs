// The command line, several times in one process: argument lists as JSON in argv[2], exit codes and stdout as JSON.
// By path: the command line is no public name.
const { main } = await import(new URL("../../cli/dist/main.js", import.meta.url).href);

const write = process.stdout.write.bind(process.stdout);
const done = [];
for (const args of JSON.parse(process.argv[2])) {
  let stdout = "";
  process.stdout.write = (text) => {
    stdout += text;
    return true;
  };
  done.push({ exit: await main(args), stdout: stdout.trimEnd() });
}
process.stdout.write = write;
process.stdout.write(JSON.stringify(done));
