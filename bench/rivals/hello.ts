// The smallest program there is: what any compiled Deno binary costs to start.
console.log("hello");
