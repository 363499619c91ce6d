import { expose } from "threads/worker";

expose({ echo: (value) => value });
